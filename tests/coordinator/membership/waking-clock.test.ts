import { expect, test } from 'vitest';
import { WakingClock } from '../../../src/coordinator/membership/waking-clock.ts';

/** A clock whose timers fire when the test says so, as late as it likes. */
function standing() {
  let now = 0;
  let beat: (() => void) | null = null;
  const clock = new WakingClock({
    now: () => now,
    after: (_, action) => {
      beat = action;
      return () => {
        beat = null;
      };
    },
  });
  return {
    clock,
    pass: (ms: number) => void (now += ms),
    beat: () => beat?.(),
    get beats() {
      return beat !== null;
    },
  };
}

test('time in which the process stood still does not count', () => {
  const { clock, pass, beat } = standing();
  clock.start();
  pass(1_000);
  beat();
  expect(clock.now()).toBe(1_000);
  pass(20_000);
  expect(clock.now()).toBe(2_000);
  beat();
  pass(500);
  expect(clock.now()).toBe(2_500);
});

test('a beat that is a little late changes nothing, and after the end none is left', () => {
  const stood = standing();
  const { clock, pass, beat } = stood;
  clock.start();
  pass(1_900);
  beat();
  expect(clock.now()).toBe(1_900);
  clock.stop();
  expect(stood.beats).toBe(false);
  pass(60_000);
  expect(clock.now()).toBe(61_900);
});
