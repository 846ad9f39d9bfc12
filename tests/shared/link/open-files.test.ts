import { expect, it } from 'vitest';
import { mostOpenFiles } from '../../../src/shared/link/open-files.ts';

it.each([
  ['Max open files            4096                 524288               files', 4096],
  ['Max open files            unlimited            unlimited            files', Number.POSITIVE_INFINITY],
  ['', 1024],
])('of a system that says "%s" it takes %i files', (text, files) => {
  expect(mostOpenFiles(() => `Max processes 5 5 processes\n${text}\n`)).toBe(files);
});

it('takes what is usual where the system does not say', () => {
  expect(
    mostOpenFiles(() => {
      throw new Error('ENOENT');
    }),
  ).toBe(1024);
});
