import { describe, expect, it } from 'vitest';
import type { ToWorker } from '../../../src/shared/protocol/to-worker.ts';
import { RecoveryHarness } from '../recovery-harness.ts';
import { type SimulatedWorker } from '../simulated-worker.ts';

const STEPS_OF_A_WARM_UP = 2;

/** Steps of three seconds each, one after the other. */
async function commit(harness: RecoveryHarness, steps: number, ...workers: readonly SimulatedWorker[]): Promise<void> {
  for (let n = 0; n < steps; n++) {
    harness.clock.advance(2_900);
    await harness.commit(1, ...workers);
  }
}

/** Two or three that train; the last one takes three times as long for each microbatch. */
async function withSlow(...names: readonly string[]) {
  const harness = await RecoveryHarness.start({ wanted: names.length, job: { epochs: 1_000 } });
  const workers = await harness.train(...names);
  for (const worker of workers) worker.faults.slow = 0.1;
  workers.at(-1).faults.slow = 0.3;
  return { harness, workers };
}

describe('a member that is slow', () => {
  it('gets fewer microbatches after half a minute, at a boundary, and not twice', async () => {
    const { harness, workers } = await withSlow('a', 'b');
    const [a, b] = workers;
    await commit(harness, STEPS_OF_A_WARM_UP + 11, a!, b!);
    expect(harness.phase).toBe('training');
    await commit(harness, 1, a!, b!);
    expect(harness.phase).toBe('draining');
    await commit(harness, 1, a!, b!);
    await harness.trains(2, a!, b!);
    expect(b!.last('generation')).toMatchObject({
      step: 15,
      microbatches: [
        [0, 3],
        [3, 4],
      ],
    });
    expect(harness.of('generation').at(-1)).toMatchObject({
      shares: [
        { worker: 'a', microbatches: 3 },
        { worker: 'b', microbatches: 1 },
      ],
      why: 'b is slow: 601 ms for 2 of 4 microbatches, the others take 201 ms; microbatches by speed: a 3, b 1',
    });
    await commit(harness, 100, a!, b!);
    expect(harness.of('generation')).toHaveLength(2);
    expect(harness.ledger).toEqual(Array.from({ length: 115 }, (_, step) => step));
  });

  it('gets more again when it is fast again, not before two minutes have passed', async () => {
    const { harness, workers } = await withSlow('a', 'b');
    await commit(harness, STEPS_OF_A_WARM_UP + 13, ...workers);
    await harness.trains(2, ...workers);
    workers[1]!.faults.slow = 0.1;
    await commit(harness, 38, ...workers);
    expect(harness.of('generation')).toHaveLength(2);
    await commit(harness, 5, ...workers);
    await harness.trains(3, ...workers);
    expect(harness.of('generation').at(-1)).toMatchObject({ shares: [{ microbatches: 2 }, { microbatches: 2 }] });
  });

  it('stays so known when another one is lost', async () => {
    const { harness, workers } = await withSlow('a', 'b', 'c');
    const [a, b, c] = workers;
    // Four microbatches: c holds one anyhow.
    await commit(harness, STEPS_OF_A_WARM_UP + 20, ...workers);
    expect(harness.of('generation')).toHaveLength(1);
    harness.kill(b!, a!, c!);
    await harness.trains(2, a!, c!);
    expect(harness.of('generation').at(-1)).toMatchObject({
      shares: [
        { worker: 'a', microbatches: 3 },
        { worker: 'c', microbatches: 1 },
      ],
    });
  });
});

it('two hundred with long names hear of each other in little, if they can read it, and in full otherwise', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `${index}-${'x'.repeat(110)}`);
  const harness = await RecoveryHarness.start({ wanted: names.length, job: { batch: 200, microbatches: 200 } });
  const sent: ToWorker[] = [];
  const workers = names.map((name, index) => {
    const can = index % 3 === 0 ? {} : { inflates: index % 3 === 1 };
    const worker = harness.join(name, { address: `${'x'.repeat(230)}:1`, ...can });
    const { coordinator } = worker.pair;
    const send = coordinator.send.bind(coordinator);
    coordinator.send = (message) => {
      if (message.type === 'generation') sent.push(message);
      send(message);
    };
    return worker;
  });
  await harness.trains(1, ...workers);
  expect(sent.map((message) => 'deflated' in message)).toEqual(names.map((_, index) => index % 3 === 1));
  const heard = workers.map((worker) => ({ ...worker.last('generation')!, rank: 0 }));
  for (const one of heard) expect(one).toEqual(heard[0]);
  expect(heard[0]!.members.map(({ name }) => name)).toEqual(names);
});
