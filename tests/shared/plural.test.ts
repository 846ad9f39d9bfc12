import { expect, it } from 'vitest';
import { allAre, isOrAre, nounFor, plural } from '../../src/shared/plural.ts';

it.each([
  [0, 'step', '0 steps'],
  [1, 'step', '1 step'],
  [999, 'step', '999 steps'],
  [1000, 'step', '1,000 steps'],
  [1234, 'step', '1,234 steps'],
  [2.5, 'step', '3 steps'],
  [2, 'class', '2 classes'],
  [2, 'microbatch', '2 microbatches'],
  [2, 'copy', '2 copies'],
  [2, 'epoch', '2 epochs'],
  [2, 'day', '2 days'],
  [1, 'class', '1 class'],
])('%i %s reads %s', (n, noun, text) => {
  expect(plural(n, noun)).toBe(text);
});

it('goes on in the number of what is spoken of', () => {
  expect(`0 of 1 ${nounFor(1, 'worker')} ${isOrAre(1)} here`).toBe('0 of 1 worker is here');
  expect(`0 of 2 ${nounFor(2, 'worker')} ${isOrAre(2)} here`).toBe('0 of 2 workers are here');
  expect([allAre(1, 'step'), allAre(6, 'step')]).toEqual(['the only step is', 'all 6 steps are']);
});
