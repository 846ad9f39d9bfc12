import { describe, expect, it } from 'vitest';
import { effectsOf, matchesOf, scoreOf } from '../../../../src/cli/sweep/results/effects.ts';
import { resultOf } from '../../../../src/cli/sweep/results/result.ts';
import { gridOf } from '../settings.ts';
import { finished, recordOf, unfinished } from './results.ts';

const grid = gridOf({ activation: 'relu,tanh', init: 'he_normal,zeros' });
const [reluHe, reluZeros, tanhHe, tanhZeros] = [grid.cells[0]!, grid.cells[1]!, grid.cells[2]!, grid.cells[3]!];

describe('scoreOf', () => {
  it('is the best accuracy, a guess where a run diverged before it was evaluated, nothing where it did not run', () => {
    expect(scoreOf(finished(reluHe, 0.9, 0.8))).toBe(0.9);
    expect(scoreOf(resultOf(reluHe, 'diverged', recordOf(reluHe, []), null))).toBe(0.1);
    for (const standing of ['missing', 'begun', 'failed'] as const)
      expect(scoreOf(unfinished(reluHe, standing))).toBeNull();
  });
});

describe('effectsOf', () => {
  const results = [finished(reluHe, 0.9), finished(reluZeros, 0.1), finished(tanhHe, 0.8), finished(tanhZeros, 0.1)];

  it('has the mean of each level over everything else', () => {
    const [activation, init] = effectsOf(grid, results);
    expect(activation?.levels.map(({ level, mean }) => [level, mean])).toEqual([
      ['relu', 0.5],
      ['tanh', 0.45],
    ]);
    expect(init?.levels.map(({ mean }) => mean)).toEqual([expect.closeTo(0.85), 0.1]);
  });

  it('compares the two best levels pair by pair', () => {
    expect(effectsOf(grid, results)[0]?.matches).toEqual({
      better: 'relu',
      worse: 'tanh',
      pairs: 2,
      won: 1,
      equal: 1,
      ahead: expect.closeTo(0.05),
      between: { low: expect.closeTo(0.05 - 12.706 * 0.05), high: expect.closeTo(0.05 + 12.706 * 0.05) },
    });
  });

  it('compares only runs that have their like', () => {
    const some = [
      finished(reluHe, 0.9),
      finished(reluZeros, 0.1),
      unfinished(tanhHe, 'missing'),
      finished(tanhZeros, 0.2),
    ];
    expect(matchesOf(some, 0, 'relu', 'tanh')).toMatchObject({ pairs: 1, won: 0, ahead: expect.closeTo(-0.1) });
    expect(matchesOf(some.slice(0, 2), 0, 'relu', 'tanh')).toBeNull();
  });
});
