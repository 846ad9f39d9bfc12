/** A path as one word for a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const COMMAND = /`[^`\n]*`/g;
const WORD = /(?:'[^']*'|\\')+|[^\s`]+/g;

/** A sentence with one text in the place of another; in the commands that it shows each word stays one. */
export function replacedIn(sentence: string, from: string, to: string): string {
  const inWord = (word: string): string => {
    if (!word.includes(from)) return word;
    const text = word.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word;
    return shellWord(text.replaceAll(from, to));
  };
  return sentence.replace(COMMAND, (command) => command.replace(WORD, inWord)).replaceAll(from, to);
}
