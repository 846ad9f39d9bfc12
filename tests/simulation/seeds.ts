import { expect } from 'vitest';
import { Simulator } from './history.ts';
import { macrotask } from './macrotask.ts';
import { toldOf } from './telling.ts';

/** Runs the histories of `count` seeds, every second one from `from` on: two files share them, on two cores. */
export async function runSeeds(from: number, count: number): Promise<void> {
  const simulator = await Simulator.create();
  const failed: string[] = [];
  for (let n = 0; n < count && failed.length < 3; n++) {
    const outcome = await macrotask(() => simulator.run(from + 2 * n));
    if (outcome.violation !== null)
      failed.push(`${toldOf(outcome)}\n  again: npm run simulate -- --seed ${outcome.seed}`);
  }
  expect(failed.join('\n\n')).toBe('');
}
