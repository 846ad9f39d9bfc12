import { expect, it } from 'vitest';
import { type PlannedFault, randomSchedule } from '../../../src/cli/chaos/schedule.ts';
import type { RandomFaults } from '../../../src/cli/chaos/spec.ts';

function first(n: number, of: RandomFaults): PlannedFault[] {
  const schedule = randomSchedule(of, 3);
  return Array.from({ length: n }, () => schedule.next().value);
}

const faults: RandomFaults = { seed: 7, every: 20, kinds: ['kill', 'stop'], seconds: null };

it('a random schedule is the same for a seed, and another for another', () => {
  expect(first(50, faults)).toEqual(first(50, faults));
  expect(first(50, faults)).not.toEqual(first(50, { ...faults, seed: 8 }));
});

it('faults come about as often as asked for, of the kinds asked for, to all workers', () => {
  const many = first(500, faults);
  const mean = many.reduce((sum, { after }) => sum + after, 0) / many.length;
  expect(mean).toBeGreaterThan(18);
  expect(mean).toBeLessThan(22);
  expect(Math.min(...many.map(({ after }) => after))).toBeGreaterThanOrEqual(10);
  expect(new Set(many.map(({ kind }) => kind))).toEqual(new Set(['kill', 'stop']));
  expect(new Set(many.map(({ rank }) => rank))).toEqual(new Set([0, 1, 2]));
  expect(new Set(many.filter(({ kind }) => kind === 'stop').map(({ seconds }) => seconds))).toEqual(new Set([3]));
});
