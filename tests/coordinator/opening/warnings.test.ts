import { expect, it } from 'vitest';
import { warmupOver } from '../../../src/coordinator/opening/warnings.ts';

const change = { step: 5, from: { warmupSteps: 0 }, to: { warmupSteps: 5 } };

it('a warm-up that is asked for behind its end is said to be over', () => {
  expect(warmupOver({ warmupSteps: 5 }, 5, change)).toHaveLength(1);
  expect(warmupOver({ warmupSteps: 6 }, 5, change)).toEqual([]);
  expect(warmupOver({ warmupSteps: 0 }, 5, change)).toEqual([]);
  expect(warmupOver({ warmupSteps: 5 }, 5, { ...change, to: { lr: 1 } })).toEqual([]);
  expect(warmupOver({ warmupSteps: 5 }, 5, null)).toEqual([]);
});
