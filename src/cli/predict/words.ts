/** Of a word that yargs is to hand over as it is; no word of a command line can hold it. */
const MARK = '\0';

/**
 * The words of a `predict` command line: `-` is an image from standard input, and after `--` come names of files, also of such
 * that begin with a dash. yargs takes both for flags.
 */
export function markedWords(words: readonly string[]): readonly string[] {
  if (words[0] !== 'predict') return words;
  const end = words.indexOf('--');
  const flags = end === -1 ? words : words.slice(0, end);
  const names = end === -1 ? [] : words.slice(end + 1);
  return [
    ...flags.map((word) => (word === '-' ? `${MARK}-` : word)),
    ...names.map((word) => (word.startsWith('-') ? `${MARK}${word}` : word)),
  ];
}

/** The word as it was written. */
export function writtenWord(word: string): string {
  return word.startsWith(MARK) ? word.slice(MARK.length) : word;
}
