import { expect, it } from 'vitest';
import { aloneIn } from '../../src/page/alone.ts';

it('a value is alone between gaps of its own line, whatever steps others have between', () => {
  expect(aloneIn([1])).toEqual([0]);
  expect(aloneIn([1, 2, null, 3, null])).toEqual([3]);
  // undefined: a step of another line.
  expect(aloneIn([undefined, 1, undefined, 2])).toEqual([]);
  expect(aloneIn([1, undefined, null, undefined, 2])).toEqual([0, 4]);
});
