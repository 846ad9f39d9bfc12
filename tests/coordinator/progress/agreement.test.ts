import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agreedWith, type HeldState, stateDisagreement } from '../../../src/coordinator/progress/agreement.ts';

const digest = fc.constantFrom('a', 'b');
const state: fc.Arbitrary<HeldState> = fc.record({
  weights: digest,
  statistics: fc.option(digest),
  optimizer: fc.option(digest),
});

it('what one after the other agrees with is there exactly where all of them agree', () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 5 }), (states) => {
      const [first, ...others] = states;
      const common = others.reduce<HeldState | null>(
        (known, said) => (known === null ? null : agreedWith(known, said)),
        first!,
      );
      const all = new Map(states.map((one, index) => [`worker-${index}`, one]));
      expect(common === null).toBe(stateDisagreement(all) !== null);
    }),
  );
});
