import { expect, test } from 'vitest';
import { Simulator } from './history.ts';
import { macrotask } from './macrotask.ts';
import { toldOf } from './telling.ts';

const simulator = await Simulator.create();

test('one seed is one history, down to the last event', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const once = await macrotask(() => simulator.run(seed));
    const again = await macrotask(() => simulator.run(seed));
    expect([again.hash, again.events, again.time]).toEqual([once.hash, once.events, once.time]);
  }
});

test('a run that nobody disturbs ends with the weights, losses and evaluations of the definition', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const outcome = await macrotask(() => simulator.run(seed, { calm: true }));
    expect(outcome.violation === null ? '' : toldOf(outcome)).toBe('');
  }
});

test('a failing history is told with its seed, its faults and its last events', async () => {
  const outcome = await macrotask(() =>
    simulator.run(3, { adapt: (scenario) => ({ ...scenario, faults: [] }), limit: 50 }),
  );
  const told = toldOf(outcome);
  expect(told).toMatch(/seed 3: there is no end to it: \d+ events/);
  expect(told).toContain('the last events:');
  expect(told).toMatch(/hash [0-9a-f]{8}/);
});
