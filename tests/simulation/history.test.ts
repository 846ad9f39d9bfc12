import { expect, test } from 'vitest';
import type { Fault } from './faults.ts';
import { Simulator } from './history.ts';
import { macrotask } from './macrotask.ts';
import type { Scenario } from './scenario.ts';
import type { Traced } from './scheduler.ts';
import { toldOf } from './telling.ts';

const simulator = await Simulator.create();

test('one seed is one history, down to the last event', async () => {
  for (let seed = 0; seed < 12; seed++) {
    const once = await macrotask(() => simulator.run(seed));
    const again = await macrotask(() => simulator.run(seed));
    expect([again.hash, again.events, again.time]).toEqual([once.hash, once.events, once.time]);
  }
});

test('a run that nobody disturbs ends with the weights, losses and evaluations of the definition', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const outcome = await macrotask(() => simulator.run(seed, { calm: true }));
    expect(outcome.violation === null ? '' : toldOf(outcome)).toBe('');
  }
});

test('a history may have a worker that is slow for so long that its share becomes smaller', async () => {
  const why: unknown[] = [];
  const slow = { at: { event: 1 }, kind: 'slow', name: 'a', factor: 5, ms: 1e7 } as const;
  const adapt = (scenario: Scenario): Scenario => ({
    ...scenario,
    jobIndex: 8,
    names: ['a', 'b'],
    wanted: 2,
    min: 1,
    max: 2,
    pace: 500,
    faults: [slow],
  });
  const onTrace = ({ label, subject }: Traced) => {
    if (label === 'event generation') why.push((subject as { readonly why: string }).why);
  };
  const outcome = await macrotask(() => simulator.run(0, { adapt, onTrace }));
  expect(outcome.violation).toBeNull();
  expect(why).toContainEqual(expect.stringMatching(/^a is slow: .* for 3 of 6 microbatches/));
});

test('a history with a worker that computes no numbers ends with its name, and a full disk ends none', async () => {
  const on = (...faults: readonly Fault[]) => {
    const adapt = (scenario: Scenario): Scenario => ({
      ...scenario,
      jobIndex: 1,
      names: ['a', 'b'],
      wanted: 2,
      faults,
    });
    const told: unknown[] = [];
    const onTrace = ({ label, subject }: Traced) => {
      if (label === 'event failed' || label === 'event warning') told.push(subject);
    };
    return macrotask(() => ({ ...simulator.run(4, { adapt, onTrace }), told }));
  };
  const poisoned = await on({ at: { label: 'compute', nth: 3 }, kind: 'poison', name: 'b' });
  expect([poisoned.violation, poisoned.told]).toEqual([
    null,
    [expect.objectContaining({ type: 'failed', code: 'POISONED', message: expect.stringContaining('at b alone') })],
  ]);
  const full = await on({ at: { label: 'compute', nth: 3 }, kind: 'fullDisk', ms: 20_000 });
  expect([full.violation, full.told]).toEqual([
    null,
    expect.arrayContaining([expect.objectContaining({ type: 'warning' })]),
  ]);
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
