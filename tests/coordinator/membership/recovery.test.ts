import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/shared/errors.ts';
import { RecoveryHarness } from '../recovery-harness.ts';
import { digestAfter } from '../simulated-worker.ts';
import { settled, until } from '../until.ts';

const upTo = (steps: number): readonly number[] => Array.from({ length: steps }, (_, step) => step);

/** The run ended as it should, with the weights of one that nobody disturbed, and counted every step once. */
function expectWhole(harness: RecoveryHarness, { exitCode, summary }: Awaited<RecoveryHarness['run']['over']>): void {
  expect(exitCode).toBe(EXIT.done);
  expect(summary).toMatchObject({ status: 'done', steps: 30, weightsDigest: digestAfter(30) });
  expect(harness.ledger).toEqual(upTo(30));
  expect(harness.of('evaluation').map(({ step }) => step)).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27, 30]);
  expect(harness.clock.pending).toBe(0);
}

describe('a worker is lost', () => {
  it('and the others go on at once where they stand, with its microbatches', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    harness.kill(b!, a!, c!);
    await harness.trains(2, a!, c!);
    expect(a!.last('generation')).toMatchObject({
      step: 4,
      members: [{ name: 'a' }, { name: 'c' }],
      microbatches: [
        [0, 2],
        [2, 4],
      ],
    });
    expect(harness.of('workerLost').map(({ worker }) => worker)).toEqual(['b']);
    expect(harness.of('generation').at(-1)).toMatchObject({ generation: 2, workers: 2, step: 4 });
    expect(harness.of('generation').at(-1)!.why).toMatch(/b was lost at step 4|lost its connection to b/);
    expectWhole(harness, await harness.finish(a!, c!));
  });

  it('and who is behind gets the state of who is ahead before they go on', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    c!.commit();
    c!.commit();
    a!.commit();
    await settled();
    harness.kill(b!, a!, c!);
    await harness.trains(2, a!, c!);
    expect([a!.committed, c!.committed]).toEqual([6, 6]);
    expect(c!.last('give')).toMatchObject({ follow: false });
    expect(harness.ledger).toEqual(upTo(6));
    expectWhole(harness, await harness.finish(a!, c!));
  });

  it('and another comes in its place, is healed without stopping anybody, and is let in at a boundary', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(4, a!, b!);
    harness.kill(b!, a!);
    await harness.trains(2, a!);
    await harness.commit(1, a!);
    const again = harness.join('b');
    await until(() => again.committed === 5, 'the state');
    expect(again.last('welcome')).toMatchObject({ heal: true, resume: null });
    expect(a!.training).toBe(true);
    await until(() => a!.draining, 'the boundary');
    await harness.commit(1, a!);
    await harness.trains(3, a!, again);
    expect(again.committed).toBe(6);
    expect(a!.last('cease')).toBeDefined();
    expect(harness.of('workerHealed')).toMatchObject([{ worker: 'b', source: 'a', step: 5 }]);
    expectWhole(harness, await harness.finish(a!, again));
  });
});

describe('a control connection breaks', () => {
  it('and nothing happens where the worker comes back: what it had not told it tells then', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    b!.pair.cut();
    await settled();
    expect(harness.states).toEqual({ a: 'training', b: 'away' });
    await harness.commit(3, a!, b!);
    expect(harness.ledger).toEqual(upTo(2));
    harness.comeBack(b!);
    await until(() => harness.run.progress.complete === 5, 'what was not told');
    expect(b!.last('rejoined')).toMatchObject({ generation: 1, steps: 0 });
    expect(harness.of('generation')).toHaveLength(1);
    expectWhole(harness, await harness.finish(a!, b!));
  });
});
