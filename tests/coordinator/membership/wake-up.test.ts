import { expect, it } from 'vitest';
import { WakeUp } from '../../../src/coordinator/membership/wake-up.ts';
import { FakeClock } from '../fake-clock.ts';

function ringing() {
  const clock = new FakeClock();
  const rung: number[] = [];
  const wakeUp = new WakeUp(clock, () => rung.push(clock.now()));
  return { clock, rung, wakeUp };
}

it('comes once, at the earliest time that it was wanted by', () => {
  const { clock, rung, wakeUp } = ringing();
  const begun = clock.now();
  wakeUp.by(begun + 50);
  wakeUp.by(begun + 20);
  wakeUp.by(begun + 70);
  clock.advance(100);
  expect(rung).toEqual([begun + 20]);
});

it('comes at once where the time has passed, again when it is wanted again, and not where nobody wants it any more', () => {
  const { clock, rung, wakeUp } = ringing();
  clock.advance(1000);
  const begun = clock.now();
  wakeUp.by(begun - 500);
  clock.advance(0);
  expect(rung).toEqual([begun]);
  wakeUp.by(begun + 10);
  wakeUp.by(null);
  clock.advance(100);
  expect(rung).toEqual([begun]);
  wakeUp.by(begun + 150);
  clock.advance(100);
  expect(rung).toEqual([begun, begun + 150]);
});
