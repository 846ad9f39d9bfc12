import { expect, test } from 'vitest';
import { replacedIn, shellWord } from '../../src/shared/shell-word.ts';

test.each([
  ['runs/a-1', 'runs/a-1'],
  ['my run', "'my run'"],
  ["it's", "'it'\\''s'"],
  ['', "''"],
])('%j is one word for a shell', (text, word) => expect(shellWord(text)).toBe(word));

test.each([
  ['/c/1/a is not used.', 'my pets.zip/a is not used.'],
  ['See `predict RUN /c/1/a` for /c/1.', "See `predict RUN 'my pets.zip/a'` for my pets.zip."],
  ["`predict 'x y' '/c/1/a b'`", "`predict 'x y' 'my pets.zip/a b'`"],
  ["`predict '/c/1/it'\\''s'`", "`predict 'my pets.zip/it'\\''s'`"],
])('in %j a place has another name', (sentence, named) => {
  expect(replacedIn(sentence, '/c/1', 'my pets.zip')).toBe(named);
});
