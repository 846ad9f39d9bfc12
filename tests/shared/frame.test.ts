import { expect, it } from 'vitest';
import { lossFrame, usualFrame, wholeFrame } from '../../src/shared/frame.ts';

it('a spike in the first steps does not press the others flat, and it is said that there is one', () => {
  const losses = [0.89, 38.9, 14.4, ...Array.from({ length: 60 }, (_, n) => 0.8 - n / 200)];
  const frame = lossFrame(losses, 2)!;
  expect(frame.high).toBeLessThan(1.5);
  expect(frame.clipped).toBe(true);
});

it('a loss that falls from what guessing costs is drawn whole', () => {
  const losses = Array.from({ length: 300 }, (_, n) => 2.4 * Math.exp(-n / 20) + 0.01);
  expect(lossFrame(losses, 10)).toEqual({ low: losses.at(-1), high: losses[0], clipped: false });
});

it('one that goes up and stays there is drawn whole, too', () => {
  const losses = Array.from({ length: 100 }, (_, n) => 1 + n);
  expect(lossFrame(losses, 10)!.clipped).toBe(false);
});

it('one run of several that goes to infinity does not press the others flat', () => {
  const learned = Array.from({ length: 90 }, (_, n) => 2.3 * Math.exp(-n / 20));
  const diverged = Array.from({ length: 10 }, (_, n) => 10 ** n);
  const frame = lossFrame([...learned, ...diverged], 10)!;
  expect([frame.high, frame.clipped]).toEqual([4 * Math.log(10), true]);
});

it('norms, of which nobody knows how high they should be, are drawn but for the highest', () => {
  const norms = Array.from({ length: 100 }, (_, n) => 1000 + n);
  expect(usualFrame([...norms, 1e9])).toEqual({ low: 1000, high: 1.25 * 1095, clipped: true });
  expect(usualFrame([0, 0])).toEqual({ low: 0, high: 0, clipped: false });
});

it('what is no number counts for nothing', () => {
  expect(lossFrame([null, Number.NaN, 1, Number.POSITIVE_INFINITY], 10)).toEqual({ low: 1, high: 1, clipped: false });
  expect(lossFrame([], 2)).toBeNull();
  expect(wholeFrame([null, 3, -1])).toEqual({ low: -1, high: 3, clipped: false });
});
