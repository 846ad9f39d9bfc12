import { expect, it } from 'vitest';
import { markedWords, writtenWord } from '../../../src/cli/predict/words.ts';

it.each([
  [
    ['predict', 'run', '-'],
    ['predict', 'run', '-'],
  ],
  [
    ['predict', 'run', '--', '-x.jpg', 'a.jpg', '--', '-'],
    ['predict', 'run', '-x.jpg', 'a.jpg', '--', '-'],
  ],
  [
    ['predict', 'run', 'a.jpg', '--csv', '-'],
    ['predict', 'run', 'a.jpg', '--csv', '-'],
  ],
])('hands %j over so that yargs takes no name for a flag', (words, written) => {
  const marked = markedWords(words);
  expect(marked.map(writtenWord)).toEqual(written);
  expect(marked.filter((word) => /^-(?!-csv$)/.test(word))).toEqual([]);
});

it('leaves the words of other commands alone', () => {
  const words = ['launch', '--', '-x'];
  expect(markedWords(words)).toEqual(words);
});
