import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TrainingTime } from '../../../src/coordinator/progress/training-time.ts';

it('is what passes between a resume and the next pause, whichever of them come twice', () => {
  const event = fc.record({ passes: fc.nat(10_000), does: fc.constantFrom('resume', 'pause', 'look') });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      let now = 0;
      let training = false;
      let expected = 0;
      const time = new TrainingTime(() => now);
      for (const { passes, does } of events) {
        now += passes;
        if (training) expected += passes;
        if (does !== 'look') {
          time[does]();
          training = does === 'resume';
        }
        expect(time.seconds).toBe(expected / 1000);
      }
    }),
  );
});
