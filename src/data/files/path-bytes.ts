import { isUtf8 } from 'node:buffer';

/**
 * Names on a disk are bytes, and need not be UTF-8: from an old archive `café` comes as Latin-1. In memory a byte that
 * belongs to no character is a lone surrogate, U+DC00 and the byte (as Python has it), so that names stay strings and no
 * two files share one.
 */
export function nameFromBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString();
  let name = '';
  for (let start = 0; start < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => start + n <= bytes.length && isUtf8(bytes.subarray(start, start + n)));
    name +=
      length === undefined
        ? String.fromCharCode(0xdc00 + bytes[start]!)
        : Buffer.from(bytes.subarray(start, start + length)).toString();
    start += length ?? 1;
  }
  return name;
}

const ESCAPED_BYTES = /([\uDC80-\uDCFF])/u;

/** A path with such names as the file system wants it. */
export function diskPath(path: string): string | Buffer {
  if (!ESCAPED_BYTES.test(path)) return path;
  const parts = path.split(ESCAPED_BYTES);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.from([part.charCodeAt(0) - 0xdc00]) : Buffer.from(part, 'utf8'),
    ),
  );
}

/** With `\xE9` for each byte that is no character: for names that leave this process, which must be text. */
export function asText(name: string): string {
  return name.replace(/[\uD800-\uDFFF]/gu, (unit) =>
    ESCAPED_BYTES.test(unit)
      ? `\\x${(unit.charCodeAt(0) - 0xdc00).toString(16).toUpperCase()}`
      : `\\u${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
