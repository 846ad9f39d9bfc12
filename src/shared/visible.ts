/**
 * What a terminal obeys or hides instead of showing it: control characters (a file name may clear the screen), line ends,
 * marks that turn the direction of text around (and make `gpj.exe` of `exe.jpg`), and halves of characters.
 */
const UNSEEN =
  /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Foreign text as one line that shows all of it: escaped as in JSON, `\n` and `\u001B`. Every text that goes to a terminal
 * or a log line passes here; twice does no harm. A byte that is no UTF-8 in a name is `\xE9`.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (found) => SHORT[found] ?? escaped(found));
}

function escaped(found: string): string {
  const code = found.codePointAt(0)!;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  return Array.from({ length: found.length }, (_, index) => `\\u${hex(found.charCodeAt(index), 4)}`).join('');
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0');
}
