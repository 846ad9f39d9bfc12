import { expect, it } from 'vitest';
import { Answers } from '../../../src/shared/link/refusal.ts';

it('a hundred in a second who are refused get an answer, and then others in the next one', () => {
  let now = 0;
  const answers = new Answers(() => now);
  const given = () => Array.from({ length: 1000 }, () => answers.take()).filter(Boolean).length;
  expect(given()).toBe(100);
  now = 999;
  expect(given()).toBe(0);
  now = 1000;
  expect(given()).toBe(100);
});
