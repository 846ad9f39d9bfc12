import { describe, expect, it } from 'vitest';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import type { Job } from '../../../src/shared/job/schema.ts';
import { FakeClock } from '../fake-clock.ts';
import { MemoryKeeper } from '../memory-keeper.ts';
import { RecoveryHarness } from '../recovery-harness.ts';
import { digestAfter, type SimulatedWorker } from '../simulated-worker.ts';
import { settled, until } from '../until.ts';

/** Once the clock is hasty, timers fire a moment too early: the first look at it says so, and with the next the moment has passed. */
class HastyClock extends FakeClock {
  hasty = false;
  #early = 0;
  #firedAt = Number.NaN;

  override now(): number {
    const now = super.now() - this.#early;
    this.#early = 0;
    return now;
  }

  override after(ms: number, action: () => void): () => void {
    return super.after(ms, () => {
      if (this.hasty && this.#firedAt !== super.now()) this.#early = 0.6;
      this.#firedAt = super.now();
      action();
    });
  }
}

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

  it('and another one is healed by rank 1, which sends no checkpoints, rather than by rank 0', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(1, a!, b!, c!);
    harness.kill(c!, a!, b!);
    await harness.trains(2, a!, b!);
    const again = harness.join('c');
    await until(() => again.committed === 1, 'the state');
    expect(b!.last('give')).toMatchObject({ follow: true });
    expect(a!.last('give')).toBeUndefined();
  });

  it('and others lost each other first: it is known which one died', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    b!.faults.silentOnHalt = true;
    a!.strand(1);
    await settled();
    expect(harness.phase).toBe('halting');
    b!.pair.cut();
    await harness.trains(2, a!, c!);
    expect(harness.of('workerLost').map(({ worker }) => worker)).toEqual(['b']);
    // Nobody had to be waited for.
    expect(harness.clock.now()).toBe(0);
  });

  it('and one of the others dies too before it has said what it holds', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    c!.faults.silentOnHalt = true;
    harness.kill(b!, a!, c!);
    await settled();
    c!.pair.worker.close('goingAway');
    await harness.trains(2, a!);
    expectWhole(harness, await harness.finish(a!));
  });

  it('and one of the others does not answer: it is named, its connection ends, and the rest goes on', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    c!.faults.silentOnHalt = true;
    harness.kill(b!, a!);
    await settled();
    harness.clock.advance(5_000);
    await harness.trains(2, a!);
    expect(harness.of('workerLost').at(-1)).toMatchObject({
      worker: 'c',
      reason: expect.stringMatching(/^c did not answer/) as string,
    });
    // It may only have been stopped: it is not told to end, so it comes back and is healed.
    expect(c!.leave()).toBeUndefined();
    expect(c!.closed).toMatchObject({ name: 'unresponsive' });
  });

  it('and one of the others does not answer: timers that fire a moment too early are waited for again', async () => {
    const clock = new HastyClock();
    const harness = await RecoveryHarness.start({ wanted: 3, clock });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    c!.faults.silentOnHalt = true;
    harness.kill(b!, a!);
    await settled();
    clock.hasty = true;
    harness.clock.advance(5_000);
    await harness.trains(2, a!);
    expect(harness.of('workerLost').map(({ worker }) => worker)).toEqual(['b', 'c']);
  });

  it('and the only one that holds the newest step dies as it hands it over: the others compute it again', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(5, a!, b!, c!);
    c!.commit();
    c!.faults.neverGives = true;
    await settled();
    harness.kill(b!, a!, c!);
    await until(() => c!.last('give') !== undefined, 'the request');
    c!.pair.worker.close('goingAway');
    await harness.trains(2, a!);
    expect(a!.last('generation')).toMatchObject({ step: 5 });
    expect(harness.keeper.rewound).toEqual([]);
    expectWhole(harness, await harness.finish(a!));
  });

  it('and nobody is left: those that come begin again at the newest checkpoint', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(5, a!, b!);
    a!.pair.worker.close('goingAway');
    b!.pair.worker.close('goingAway');
    await until(() => harness.phase === 'gathering', 'gathering');
    expect(harness.keeper.rewound).toEqual([3]);
    const again = [harness.join('a'), harness.join('b')];
    await harness.trains(2, ...again);
    expect(again[0]!.last('generation')).toMatchObject({ generation: 2, step: 3 });
    const ended = await harness.finish(...again);
    expectWhole(harness, ended);
    expect(ended.summary).toMatchObject({ generations: 2, workers: 2 });
  });

  it('and it dies in the evaluation of the last step, when the others are through', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(29, a!, b!);
    b!.evaluate = () => undefined;
    const send = b!.send.bind(b!);
    b!.send = (message) => {
      if (message.type !== 'done') send(message);
    };
    a!.commit();
    b!.commit();
    await settled();
    b!.pair.cut();
    await settled();
    harness.clock.advance(11_000);
    await until(() => a!.halted, 'halt');
    harness.clock.advance(5_000);
    await until(() => a!.training || harness.phase === 'finished', 'another generation');
    const lost = harness.of('workerLost');
    expect(lost.map(({ worker }) => worker)).toEqual(['b']);
    expectWhole(harness, await harness.finish(a!));
  });

  it('and an evaluation and a checkpoint with it, which the others make up for', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    b!.evaluate = () => undefined;
    b!.sendWeights = () => undefined;
    await harness.commit(1, a!, b!);
    harness.kill(b!, a!);
    await harness.trains(2, a!);
    expect(a!.last('begin')).toMatchObject({ evaluate: true });
    expectWhole(harness, await harness.finish(a!));
    expect([...harness.keeper.files.keys()]).toContain(3);
  });
});

describe('a worker comes while others train', () => {
  async function short(min?: number): Promise<{ harness: RecoveryHarness; a: SimulatedWorker; b: SimulatedWorker }> {
    const harness = await RecoveryHarness.start({ wanted: 3, ...(min === undefined ? {} : { min }) });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    harness.kill(c!, a!, b!);
    if (min === undefined) await harness.trains(2, a!, b!);
    return { harness, a: a!, b: b! };
  }

  /** The last member dies once all of `committed` steps was on its way to the one that it heals, having gone `further` by itself. */
  async function outlived(
    further: number,
  ): Promise<{ harness: RecoveryHarness; again: SimulatedWorker; committed: number }> {
    const { harness, a, b } = await short();
    harness.kill(b, a);
    await harness.trains(3, a);
    const again = harness.join('c');
    again.faults.neverHeals = true;
    await until(() => a.last('give') !== undefined, 'the source');
    const { committed } = a;
    await harness.commit(further, a);
    harness.kill(a);
    await until(() => harness.states['c'] === 'ready', 'the loss of the source');
    again.faults.neverHeals = false;
    again.committed = committed;
    again.send({ type: 'healed', step: committed });
    await settled();
    harness.run.workerExited('a', 'it was killed', true);
    return { harness, again, committed };
  }

  it('and dies while it is healed: nobody is harmed', async () => {
    const { harness, a, b } = await short();
    const again = harness.join('c', {});
    again.faults.neverHeals = true;
    await until(() => b.last('give') !== undefined, 'the source');
    await harness.commit(2, a, b);
    again.pair.worker.close('goingAway');
    await until(() => b.last('cease') !== undefined, 'the end of it');
    expect(harness.of('generation')).toHaveLength(2);
    expectWhole(harness, await harness.finish(a, b));
  });

  it('and its source dies: another one heals it', async () => {
    const { harness, a, b } = await short();
    const again = harness.join('c');
    again.faults.neverHeals = true;
    await until(() => b.last('give') !== undefined, 'the first source');
    again.faults.neverHeals = false;
    harness.kill(b, a);
    await harness.trains(3, a);
    await until(() => a.last('give') !== undefined, 'the second source');
    await until(() => a.draining, 'the boundary');
    await harness.commit(1, a);
    await harness.trains(4, a, again);
    expectWhole(harness, await harness.finish(a, again));
  });

  it('and its source dies when all was on the way already: it goes on from there, with nobody else left', async () => {
    const { harness, again, committed } = await outlived(0);
    expect(committed).toBeGreaterThan(0);
    await harness.trains(4, again);
    expect(again.last('generation')).toMatchObject({ step: committed });
    expect(harness.keeper.rewound).toEqual([]);
    expectWhole(harness, await harness.finish(again));
  });

  it('and a second one with it: both are let in together', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(1, a!, b!, c!);
    harness.kill(c!, a!, b!);
    await harness.trains(2, a!, b!);
    harness.kill(b!, a!);
    await harness.trains(3, a!);
    const two = [harness.join('b'), harness.join('c')];
    await until(() => two.every(({ committed }) => committed === 1), 'both are healed');
    harness.clock.advance(200);
    await until(() => a!.draining, 'the boundary');
    await harness.commit(1, a!);
    await harness.trains(4, a!, ...two);
    expectWhole(harness, await harness.finish(a!, ...two));
  });

  it('and all seats are taken: it is kept as a spare, and healed when one becomes free', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    const spare = harness.join('c');
    await until(() => harness.states['c'] === 'ready', 'the spare');
    await harness.commit(2, a!, b!);
    expect(spare.committed).toBe(0);
    harness.kill(b!, a!);
    await harness.trains(2, a!);
    await until(() => a!.draining, 'the boundary');
    await harness.commit(1, a!);
    await harness.trains(3, a!, spare);
    expectWhole(harness, await harness.finish(a!, spare));
  });

  it('and the run waits for it, where fewer than --min-workers are left, with the state of the others', async () => {
    const { harness, a, b } = await short(3);
    await until(() => harness.phase === 'waiting', 'waiting');
    expect(harness.of('warning').at(-1)!.message).toMatch(
      /^Waiting after step 4: 2 of at least 3 workers are here \(a, b\)/,
    );
    harness.clock.advance(30_000);
    await until(() => harness.keeper.files.has(4), 'the state is saved');
    const again = harness.join('c');
    await harness.trains(2, a, b, again);
    expect(again.committed).toBe(4);
    expect(harness.keeper.rewound).toEqual([]);
    expectWhole(harness, await harness.finish(a, b, again));
  });

  it('and two come while the run waits for one: the other one, whom the others have outrun, is given the state again', async () => {
    const { harness, a, b } = await short(3);
    await until(() => harness.phase === 'waiting', 'waiting');
    const [c, d] = [harness.join('c'), harness.join('d')];
    d.faults.neverHeals = true;
    await harness.trains(2, a, b, c);
    d.faults.neverHeals = false;
    d.committed = 4;
    d.send({ type: 'healed', step: 4 });
    await harness.commit(1, a, b, c);
    harness.kill(c, a, b);
    await harness.trains(3, a, b, d);
    expect(d.committed).toBe(5);
    expectWhole(harness, await harness.finish(a, b, d));
  });

  it('and its source is behind when another is lost: both are given the state by one that holds it, and the run that waits for them goes on', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3, min: 3, max: 4 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(4, a!, b!, c!);
    const d = harness.join('d');
    await until(() => c!.last('give') !== undefined && d.committed === 4, 'the state');
    await until(() => c!.draining, 'the boundary');
    await harness.commit(1, a!, b!);
    harness.kill(a!, c!);
    await harness.trains(2, b!, c!, d);
    expect(d.committed).toBe(5);
    expect(c!.followers.size).toBe(0);
    expectWhole(harness, await harness.finish(b!, c!, d));
  });

  it('and its source is back on another connection before the old one is known to have broken: it is given the state again', async () => {
    const { harness, a, b } = await short(3);
    await until(() => harness.phase === 'waiting', 'waiting');
    const again = harness.join('c');
    b.faults.neverGives = true;
    await until(() => b.last('give') !== undefined, 'the source');
    b.faults.neverGives = false;
    harness.comeBack(b);
    await harness.trains(2, a, b, again);
    expect(again.committed).toBe(4);
    expectWhole(harness, await harness.finish(a, b, again));
  });

  it('and its source dies a step further, with nobody else left: what it got is saved, and nothing before that is done again', async () => {
    const { harness, again, committed } = await outlived(1);
    expect(committed % 3).toBe(1);
    await until(() => harness.keeper.rewound.length > 0, 'the record to go back');
    expect(harness.keeper.rewound).toEqual([committed]);
    const others = [harness.join('a'), harness.join('b')];
    await harness.trains(4, again, ...others);
    expect(again.last('generation')).toMatchObject({ step: committed });
    expectWhole(harness, await harness.finish(again, ...others));
  });

  it('and the last one that held the state dies while the run waits, as it was on its way to another: that one holds it then', async () => {
    const { harness, a, b } = await short(3);
    await until(() => harness.phase === 'waiting', 'waiting');
    harness.kill(b);
    const again = harness.join('c');
    again.faults.neverHeals = true;
    await until(() => a.last('give') !== undefined, 'the source');
    harness.kill(a);
    await until(() => harness.states['c'] === 'ready', 'the loss of the source');
    again.faults.neverHeals = false;
    again.committed = 4;
    again.send({ type: 'healed', step: 4 });
    await settled();
    for (const name of ['a', 'b']) harness.run.workerExited(name, 'it was killed', true);
    const others = [harness.join('a'), harness.join('b')];
    await harness.trains(2, again, ...others);
    expect(harness.keeper.rewound).toEqual([]);
    expectWhole(harness, await harness.finish(again, ...others));
  });

  it('and the run that waits for it ends when nobody has come, with everything saved', async () => {
    const { harness } = await short(3);
    await until(() => harness.phase === 'waiting', 'waiting');
    harness.clock.advance(30 * 60_000);
    expect((await harness.run.over).exitCode).toBe(EXIT.tryAgain);
    expect(harness.of('failed')[0]).toMatchObject({
      code: 'WORKERS_MISSING',
      message: expect.stringMatching(/up to step 4 is saved/) as string,
    });
  });
});

describe('a worker wants to leave', () => {
  it('and the others commit the running step with it, then go on without it', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(3, a!, b!);
    b!.send({ type: 'leaving' });
    await until(() => a!.draining && b!.draining, 'the boundary');
    await harness.commit(1, a!, b!);
    await harness.trains(2, a!);
    expect(b!.leave()).toMatchObject({ exitCode: EXIT.interrupted, code: 'INTERRUPTED' });
    expect(harness.of('workerLost')).toEqual([]);
    expect(harness.of('workerLeft').map(({ worker }) => worker)).toEqual(['b']);
    expectWhole(harness, await harness.finish(a!));
  });

  it('and it is the last one: what it holds is saved before it goes, and the run waits for others', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    await harness.commit(4, a!);
    a!.send({ type: 'leaving' });
    await until(() => a!.draining, 'the boundary');
    await harness.commit(1, a!);
    await until(() => a!.closed !== null, 'that it has left');
    expect(a!.leave()).toMatchObject({ exitCode: EXIT.interrupted });
    await until(() => harness.phase === 'gathering', 'gathering');
    expect([...harness.keeper.files.keys()].at(-1)).toBe(5);
    const b = harness.join('b');
    await harness.trains(2, b);
    expect(b.committed).toBe(5);
    expectWhole(harness, await harness.finish(b));
  });

  it('and before it was seated it goes at once', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    const spare = harness.join('b');
    await until(() => harness.states['b'] === 'ready', 'the spare');
    spare.send({ type: 'leaving' });
    await until(() => spare.closed !== null, 'that it has left');
    expect(a!.draining).toBe(false);
  });
});

describe('a run stands still', () => {
  it('and who does not answer is named and sent away', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    b!.faults.silentOnHalt = true;
    harness.clock.advance(9_900);
    expect(harness.phase).toBe('training');
    harness.clock.advance(100);
    await until(() => a!.halted, 'halt');
    harness.clock.advance(5_000);
    await harness.trains(2, a!);
    expect(harness.of('workerLost')[0]!.reason).toBe('Step 2 did not end within 10 s: b (worker:0) does not answer.');
    expectWhole(harness, await harness.finish(a!));
  });

  it('and who gives no sign of life is gone long before the step counts as stalled', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(2, a!, b!, c!);
    b!.pair.hang();
    harness.clock.advance(1_900);
    expect(harness.phase).toBe('training');
    harness.clock.advance(100);
    await harness.trains(2, a!, c!);
    expect(harness.of('workerLost')).toMatchObject([
      { worker: 'b', reason: 'Step 2 did not end within 2 s: b (worker:0) does not answer.' },
    ]);
    // It may only have been stopped: it is not told to end.
    expect(b!.leave()).toBeUndefined();
    expect(b!.closed).toMatchObject({ name: 'unresponsive' });
    expectWhole(harness, await harness.finish(a!, c!));
  });

  it('and a worker that stands still before it is connected to the others is gone as soon', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(2, a!, b!, c!);
    b!.faults.neverConnects = true;
    harness.kill(c!, a!, b!);
    await until(() => harness.phase === 'connecting', 'the next generation');
    b!.pair.hang();
    harness.clock.advance(10_000);
    await harness.trains(3, a!);
    expect(harness.of('workerLost').at(-1)).toMatchObject({ worker: 'b' });
  });

  it('and nobody gives a sign of life: it is not for that that anybody goes', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    a!.pair.hang();
    b!.pair.hang();
    for (const ms of [2_000, 2_000, 2_000]) {
      harness.clock.advance(ms);
      await settled();
    }
    expect(harness.phase).toBe('training');
    expect(harness.of('workerLost')).toEqual([]);
  });

  it('and its steps are slow: signs of life are asked for as late', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    for (const worker of [a!, b!]) worker.commit();
    harness.clock.advance(2_500);
    for (const worker of [a!, b!]) worker.commit();
    await settled();
    b!.pair.hang();
    harness.clock.advance(7_400);
    await settled();
    expect(harness.phase).toBe('training');
    harness.clock.advance(100);
    await harness.trains(2, a!);
  });

  it('and the one whose engine hangs is named, although it answers', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    b!.faults.engineHangs = true;
    harness.clock.advance(10_000);
    await harness.trains(2, a!);
    expect(harness.of('workerLost')[0]!.reason).toMatch(/answers, but its engine is still at it\.$/);
    expect(b!.leave()).toMatchObject({ exitCode: EXIT.tryAgain, code: 'STALLED' });
  });

  it('and the engine hangs in the first step of a later generation: the pace is known by then', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(2, a!, b!, c!);
    c!.pair.worker.close('goingAway');
    await harness.trains(2, a!, b!);
    b!.faults.engineHangs = true;
    harness.clock.advance(10_000);
    await harness.trains(3, a!);
    expect(harness.of('workerLost').at(-1)!.reason).toMatch(/b .* answers, but its engine is still at it\.$/);
  });

  it('and a worker that was healed is at its first step: two minutes pass until it is asked who is to blame', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    b!.pair.worker.close('goingAway');
    await harness.trains(2, a!);
    const c = harness.join('c');
    await until(() => c.training || a!.draining, 'healing');
    harness.clock.advance(100);
    a!.commit();
    await harness.trains(3, a!, c);
    c.faults.engineHangs = true;
    harness.clock.advance(2 * 60_000 - 1);
    await settled();
    expect(harness.phase).toBe('training');
    harness.clock.advance(1);
    await harness.trains(4, a!);
    expect(harness.of('workerLost').at(-1)).toMatchObject({ worker: 'c', cause: 'stalled' });
  });

  it('and nobody is to blame: the same go on, and the third time at the same step it ends', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    harness.clock.advance(10_000);
    await harness.trains(2, a!, b!);
    // Something else may be slow.
    harness.clock.advance(10 * 60_000);
    await harness.trains(3, a!, b!);
    harness.clock.advance(10 * 60_000);
    expect((await harness.run.over).exitCode).toBe(EXIT.tryAgain);
    expect(harness.of('failed')[0]!.message).toMatch(
      /all workers answer\. It was not committed by a, b\. Everything up to step 2 is saved/,
    );
  });

  it('and a link between two that live broke: they go on over new ones, and the third time at the same step it ends', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    for (const generation of [2, 3]) {
      a!.strand(1);
      await harness.trains(generation, a!, b!);
    }
    a!.strand(1);
    expect((await harness.run.over).exitCode).toBe(EXIT.tryAgain);
    expect(harness.of('failed')[0]!.message).toMatch(/^a lost its connection to b: connection reset/);
  });
});

describe('a worker that does harm', () => {
  it('is named where its own samples alone are not finite, and nothing of it is kept', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const workers = await harness.train('a', 'b', 'c');
    await harness.commit(4, ...workers);
    for (const worker of workers) worker.faults.lossAt = () => Number.NaN;
    workers[1]!.faults.ownLoss = Number.NaN;
    await harness.commit(1, ...workers);
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]).toMatchObject({
      code: 'POISONED',
      message: expect.stringMatching(/^The loss of step 5 is not finite at b alone/) as string,
    });
    expect([...harness.keeper.files.keys()]).toEqual([3]);
  });

  it('is forgotten once the run has gone on, whatever name it had', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1, max: 2 });
    const [a] = await harness.train('a');
    for (const name of ['x', 'y', 'constructor', 'z']) {
      const stranger = harness.join(name);
      await until(() => stranger.last('welcome') !== undefined, 'the welcome');
      stranger.pair.worker.close('goingAway');
      await until(() => harness.of('workerLost').at(-1)?.worker === name, 'the loss');
      expect(Object.keys(harness.run.model.deaths)).toEqual([name]);
      await harness.commit(1, a!);
    }
  });

  it('is not let in again where it died three times in a row at the same step', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, first] = await harness.train('a', 'b');
    await harness.commit(4, a!, first!);
    let b = first!;
    for (let times = 1; times <= 3; times++) {
      b.send({ type: 'failed', code: 'OUT_OF_MEMORY', exitCode: EXIT.internal, message: 'no memory' });
      await until(() => harness.of('workerLost').length === times, 'the loss');
      await until(() => a!.training && harness.trainsNow, 'the rest goes on');
      b = harness.join('b');
      if (times === 3) break;
      // It dies before the others have got any further.
      await until(() => harness.states['b'] !== 'preparing', 'the next try');
    }
    await until(() => b.closed !== null, 'the refusal');
    expect(b.leave()).toMatchObject({
      exitCode: EXIT.internal,
      code: 'OUT_OF_MEMORY',
      message: expect.stringMatching(/^b died at step 4 3 times in a row/) as string,
    });
  });

  it('is turned away with what ended its process, which is known after its connection broke', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, first] = await harness.train('a', 'b');
    await harness.commit(4, a!, first!);
    let b = first!;
    for (let times = 1; times <= 3; times++) {
      harness.kill(b, a!);
      await until(() => harness.of('workerLost').length === times, 'the loss');
      harness.run.workerExited('b', 'the system killed it for want of memory', true);
      await until(() => a!.training && harness.trainsNow, 'the rest goes on');
      b = harness.join('b');
      if (times === 3) break;
      await until(() => harness.states['b'] !== 'preparing', 'the next try');
    }
    await until(() => b.closed !== null, 'the refusal');
    expect(b.leave()?.message).toMatch(/The last time: b: the system killed it for want of memory$/);
  });

  it('ends a run that has not begun with how its process ended, where nobody starts it again', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const a = harness.join('a');
    await until(() => a.last('welcome') !== undefined, 'the welcome');
    harness.kill(a);
    await until(() => harness.of('workerLost').length === 1, 'the loss');
    harness.run.workerExited('a', 'the system killed it for want of memory');
    expect((await harness.run.over).exitCode).toBe(EXIT.tryAgain);
    expect(harness.of('failed')[0]!.message).toBe(
      'a ended before the run did: the system killed it for want of memory.',
    );
  });

  it('is let in again however often its connection breaks, as its process lives', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(4, a!, b!);
    for (let times = 1; times <= 4; times++) {
      b!.faults.silentOnHalt = true;
      a!.strand(b!.rank);
      await settled();
      b!.pair.cut();
      await until(() => harness.of('workerLost').length === times, 'the loss');
      await harness.trains(2 * times, a!);
      b!.faults.silentOnHalt = false;
      harness.comeBack(b!);
      await until(() => harness.states['b'] !== undefined, 'that it is let in');
      expect(harness.run.model.deaths).toEqual({});
      // It takes one step of the others until it has its seat again, which would begin the count anew.
      await until(() => a!.draining, 'the boundary');
      await harness.commit(1, a!);
      await harness.trains(2 * times + 1, a!, b!);
    }
    expectWhole(harness, await harness.finish(a!, b!));
  });

  it('ends the run where what it says would meet every other one', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(4, a!, b!);
    b!.send({ type: 'failed', code: 'BAD_IMAGE', exitCode: EXIT.badData, message: 'x.png cannot be decoded' });
    expect((await harness.run.over).exitCode).toBe(EXIT.badData);
    expect(harness.of('failed')[0]!.message).toMatch(/^b cannot go on: x\.png .* up to step 4 is saved/);
  });

  it('ends the run where nobody starts it again, and too few are left', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2, min: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(4, a!, b!);
    harness.kill(b!, a!);
    await until(() => harness.phase === 'waiting', 'waiting');
    harness.run.workerExited('b', 'it was ended by SIGKILL');
    expect((await harness.run.over).exitCode).toBe(EXIT.tryAgain);
    expect(harness.of('failed')[0]!.message).toMatch(
      /^b ended before the run did: it was ended by SIGKILL\..* up to step 4 is saved/,
    );
  });
});

describe('the disk takes no summary', () => {
  it('of a run that is done: it ends with 74 and says what writes it, and its workers with 0', async () => {
    const keeper = new MemoryKeeper();
    const full = new GradsocketError('DISK_FULL', EXIT.ioError, 'No space is left to write summary.json.');
    keeper.summary = () => Promise.reject(full);
    const harness = await RecoveryHarness.start({ wanted: 1, keeper });
    const [a] = await harness.train('a');
    expect((await harness.finish(a!)).exitCode).toBe(EXIT.ioError);
    expect(harness.of('failed')[0]!.message).toMatch(
      /^No space is left .* All steps are done, .* --resume --run-dir RUN$/,
    );
    await until(() => a!.leave() !== undefined, 'that the worker is told');
    expect(a!.leave()).toMatchObject({ exitCode: EXIT.done });
  });
});

describe('all are through with the plan', () => {
  it('and what was due at the end was lost with whoever gave it: they are asked for it', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    for (const worker of [a!, b!]) worker.faults.lostAfter = 30;
    expectWhole(harness, await harness.finish(a!, b!));
    expect(harness.keeper.rewound).toEqual([]);
    expect(a!.last('begin')).toMatchObject({ generation: 2, evaluate: true, checkpoint: true });
  });

  it('and it never comes: the run ends, and says what is missing', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    a!.faults.neverUploads = true;
    expect((await harness.finish(a!)).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]!.message).toBe(
      'All workers are done, but this is missing: the checkpoint after step 30.',
    );
  });
});

describe('the process of the only worker is killed', () => {
  it('and whoever started it says so: it is lost at once, and what is saved is gone on with when it is back', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    await harness.commit(4, a!);
    harness.kill(a!);
    await settled();
    // By its connection alone it may live, and train on.
    expect(harness.states).toEqual({ a: 'away' });
    harness.run.workerExited('a', 'it was ended by SIGKILL', true);
    expect(harness.of('workerLost')).toMatchObject([{ worker: 'a', reason: 'it was ended by SIGKILL' }]);
    const back = harness.join('a');
    await harness.trains(2, back);
    expectWhole(harness, await harness.finish(back));
  });

  it('and nobody says so: every half minute it is told what is not known, and what to do', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    await harness.commit(4, a!);
    await until(() => harness.run.progress.handedOver === 3, 'the checkpoint');
    harness.kill(a!);
    await settled();
    const told = () => harness.of('warning').filter(({ message }) => message.startsWith('Nothing is heard of a ('));
    harness.clock.advance(29_999);
    expect(told()).toHaveLength(0);
    harness.clock.advance(1);
    expect(told()[0]!.message).toMatch(
      /: if it lives, it trains on and comes back\. If not, start another worker, which goes on at step 3, the newest checkpoint: gradsocket worker --coordinator ws:\/\/127\.0\.0\.1:1$/,
    );
    harness.clock.advance(30_000);
    expect(told()).toHaveLength(2);
    const another = harness.join('b');
    await harness.trains(2, another);
    expect(harness.of('workerLost')).toMatchObject([{ worker: 'a', cause: 'connection' }]);
    harness.clock.advance(60_000);
    expect(told()).toHaveLength(2);
    expectWhole(harness, await harness.finish(another));
  });

  it('and is known to be gone already: nothing happens', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    harness.kill(b!, a!);
    await harness.trains(2, a!);
    harness.run.workerExited('b', 'it was ended by SIGKILL', true);
    expect(harness.of('workerLost')).toHaveLength(1);
    expect(harness.phase).toBe('training');
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

  it('and the others wait for it longer than steps take: it is lost', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2, a!, b!);
    b!.pair.cut();
    await settled();
    harness.clock.advance(1_100);
    await harness.trains(2, a!);
    expect(harness.of('workerLost')[0]!.reason).toMatch(/nobody commits any more/);
    // It comes back, and is healed like any other.
    harness.comeBack(b!);
    await until(() => b!.last('welcome')?.heal === true, 'the welcome');
    await until(() => a!.draining, 'the boundary');
    await harness.commit(1, a!);
    await harness.trains(3, a!, b!);
    expectWhole(harness, await harness.finish(a!, b!));
  });

  it('and the only worker comes back: nothing is lost', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    await harness.commit(4, a!);
    a!.pair.cut();
    await settled();
    a!.commit();
    harness.clock.advance(60_000);
    expect(harness.phase).toBe('training');
    harness.comeBack(a!);
    await until(() => harness.run.progress.complete === 5, 'what was not told');
    expectWhole(harness, await harness.finish(a!));
  });

  it('and the only worker comes back that never heard of the generation meant for it: nothing is lost', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    await harness.commit(4, a!);
    a!.faults.deaf = true;
    // It stands still, and is to begin anew.
    harness.clock.advance(10_000);
    await until(() => harness.of('generation').length === 2, 'the next generation');
    a!.pair.cut();
    await settled();
    a!.faults.deaf = false;
    harness.comeBack(a!);
    await harness.trains(3, a!);
    expect(harness.keeper.rewound).toEqual([]);
    expect(harness.of('workerLost')).toEqual([]);
    expectWhole(harness, await harness.finish(a!));
  });

  it('and it comes back while the others stand still', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(2, a!, b!, c!);
    c!.pair.cut();
    await settled();
    harness.kill(b!, a!);
    await settled();
    expect(harness.phase).toBe('halting');
    harness.comeBack(c!);
    await harness.trains(2, a!, c!);
    expect(c!.last('rejoined')).toBeDefined();
    expectWhole(harness, await harness.finish(a!, c!));
  });

  it('and it comes back with an engine that hangs, for which all had to halt: it is answered before it goes', async () => {
    const harness = await RecoveryHarness.start({ wanted: 3 });
    const [a, b, c] = await harness.train('a', 'b', 'c');
    await harness.commit(2, a!, b!, c!);
    c!.faults.engineHangs = true;
    a!.faults.silentOnHalt = true;
    harness.clock.advance(10_000);
    await until(() => c!.halted && b!.halted, 'who stands still');
    c!.pair.cut();
    await settled();
    a!.faults.silentOnHalt = false;
    a!.sendWeights(false);
    await settled();
    harness.comeBack(c!);
    await until(() => c!.leave() !== undefined, 'its dismissal');
    expect(c!.heard.slice(-2).map(({ type }) => type)).toEqual(['rejoined', 'leave']);
    expect(c!.last('rejoined')).toMatchObject({ generation: 1 });
    await harness.trains(2, a!, b!);
    expectWhole(harness, await harness.finish(a!, b!));
  });

  it('and it comes back on a second connection while the first still seems to live', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2 });
    const [a, b] = await harness.train('a', 'b');
    const old = b!.pair;
    harness.comeBack(b!);
    await until(() => b!.last('rejoined') !== undefined, 'the answer');
    old.worker.send({ type: 'done', step: 7 });
    await settled();
    expectWhole(harness, await harness.finish(a!, b!));
  });

  it('and a worker of another run is told so', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const other = await RecoveryHarness.start({ wanted: 1, keeper: new MemoryKeeper('run-2') });
    const [stray] = await other.train('s');
    harness.comeBack(stray!);
    await until(() => stray!.closed !== null, 'the refusal');
    expect(stray!.leave()).toMatchObject({
      exitCode: EXIT.tryAgain,
      code: 'OTHER_RUN',
      message: expect.stringMatching(
        /another run .* Start it again to join this one, or with the address of its own\.$/,
      ),
    });
  });
});

describe('the coordinator is started again', () => {
  /** A run of three that was left by its coordinator after four steps; its workers have gone on since. */
  async function left(job: Partial<Job> = {}): Promise<{ first: RecoveryHarness; workers: SimulatedWorker[] }> {
    const first = await RecoveryHarness.start({ wanted: 3, job });
    const workers = await first.train('a', 'b', 'c');
    await first.commit(4, ...workers);
    first.keeper.sync();
    await first.commit(1, ...workers);
    // Killed: what was not synced is gone, and nobody hears it.
    first.keeper.steps.length = 4;
    for (const worker of workers) worker.pair.cut();
    for (const worker of workers) worker.commit();
    await settled();
    return { first, workers };
  }

  it('and all come back: they train on without a pause, and tell what was not on record', async () => {
    const { first, workers } = await left();
    const harness = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, clock: new FakeClock() });
    expect(harness.phase).toBe('returning');
    for (const worker of workers) harness.comeBack(worker);
    await until(() => harness.phase === 'training', 'training');
    await until(() => harness.run.progress.complete === 6, 'what was not on record');
    expect(harness.ledger).toEqual(upTo(6));
    // No clock of ours ran meanwhile: they took what the workers say.
    expect(harness.of('step').map(({ seconds }) => seconds)).toEqual([0.014, 0.014].map((s) => expect.closeTo(s, 9)));
    expect(workers[0]!.last('rejoined')).toMatchObject({ generation: 1, steps: 4 });
    const { exitCode, summary } = await harness.finish(...workers);
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({ steps: 30, generations: 1, weightsDigest: digestAfter(30) });
    expect(harness.ledger).toEqual(upTo(30));
  });

  it('and is stopped before any is back: the next one finds the run as it was, and they train on', async () => {
    const { first, workers } = await left();
    const between = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, clock: new FakeClock() });
    await settled();
    between.run.interrupt('SIGTERM');
    expect((await between.run.over).exitCode).toBe(EXIT.interrupted);
    expect(first.keeper.rewound).toEqual([]);
    expect(first.keeper.kept).toBeNull();
    const harness = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, clock: new FakeClock() });
    expect(harness.phase).toBe('returning');
    for (const worker of workers) harness.comeBack(worker);
    await until(() => harness.phase === 'training', 'training');
    const { exitCode, summary } = await harness.finish(...workers);
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({ steps: 30, generations: 1, weightsDigest: digestAfter(30) });
    expect(harness.ledger).toEqual(upTo(30));
  });

  it.each([
    ['first', [2, 0, 1]],
    ['last', [0, 1, 2]],
  ])('and the one that comes back %s had not heard that it begins: all go on in a new generation', async (_, order) => {
    const { first, workers } = await left();
    const harness = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, clock: new FakeClock() });
    for (const place of order) {
      harness.comeBack(workers[place]!);
      if (place === 2) workers[2]!.connect();
    }
    await harness.trains(2, ...workers);
    expect(harness.of('workerLost')).toEqual([]);
    const { exitCode, summary } = await harness.finish(...workers);
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({ steps: 30, weightsDigest: digestAfter(30) });
    expect(harness.ledger).toEqual(upTo(30));
  });

  it('and gradients went through it: all go on in a new generation as soon as they are back', async () => {
    const { first, workers } = await left({ topology: 'star' });
    const job = { topology: 'star' } as const;
    const harness = await RecoveryHarness.start({ wanted: 3, job, keeper: first.keeper, clock: new FakeClock() });
    for (const worker of workers) harness.comeBack(worker);
    await harness.trains(2, ...workers);
    expect(harness.hub.opened.map(({ number }) => number)).toEqual([2]);
    expect(harness.of('generation').at(-1)!.why).toMatch(/through the coordinator, which was started again/);
    expect((await harness.finish(...workers)).exitCode).toBe(EXIT.done);
    expect(harness.ledger).toEqual(upTo(30));
  });

  it('and one is missing: the others are waited for, then go on from the newest step that they hold', async () => {
    const { first, workers } = await left();
    const [a, b] = workers;
    const harness = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, clock: new FakeClock() });
    harness.comeBack(a!);
    await settled();
    harness.clock.advance(1_000);
    harness.comeBack(b!);
    const fresh = harness.join('d');
    await settled();
    expect(harness.phase).toBe('returning');
    expect(fresh.last('welcome')).toBeUndefined();
    harness.clock.advance(9_000);
    await harness.trains(2, a!, b!);
    expect(a!.last('generation')).toMatchObject({ generation: 2, step: 6 });
    expect(harness.keeper.rewound).toEqual([]);
    expect(fresh.last('welcome')).toMatchObject({ heal: true });
    await until(() => a!.draining, 'the boundary');
    await harness.commit(1, a!, b!);
    await harness.trains(3, a!, b!, fresh);
    expect((await harness.finish(a!, b!, fresh)).exitCode).toBe(EXIT.done);
    expect(harness.ledger).toEqual(upTo(30));
  });

  it('and one that came back has lost a peer meanwhile: the rest forms a new generation at once when all are back', async () => {
    const { first, workers } = await left();
    const [a, b, c] = workers;
    const harness = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, clock: new FakeClock() });
    harness.comeBack(a!);
    harness.comeBack(b!);
    await settled();
    a!.strand(c!.rank);
    b!.strand(c!.rank);
    await harness.trains(2, a!, b!);
    expect(harness.ledger).toEqual(upTo(6));
    expect((await harness.finish(a!, b!)).exitCode).toBe(EXIT.done);
  });

  it('and nobody comes back: all begin at the checkpoint', async () => {
    const { first } = await left();
    const harness = await RecoveryHarness.start({ wanted: 2, keeper: first.keeper, clock: new FakeClock() });
    const fresh = [harness.join('x'), harness.join('y')];
    await settled();
    // As long as an attempt may take that is under way to a place that is gone, and the pause before the next.
    harness.clock.advance(14_999);
    await settled();
    expect(harness.keeper.rewound).toEqual([]);
    harness.clock.advance(1);
    await harness.trains(2, ...fresh);
    expect(harness.keeper.rewound).toEqual([3]);
    expect(fresh[0]!.last('generation')).toMatchObject({ generation: 2, step: 3 });
    expect((await harness.finish(...fresh)).exitCode).toBe(EXIT.done);
    expect(harness.ledger).toEqual(upTo(30));
  });

  it('and one comes back whose id a newcomer was given: both are let in', async () => {
    const { first, workers } = await left();
    const [a, b, c] = workers;
    const spare = first.join('s');
    await until(() => first.states['s'] === 'ready', 'the spare');
    const harness = await RecoveryHarness.start({ wanted: 5, keeper: first.keeper, clock: new FakeClock() });
    const fresh = harness.join('d');
    await settled();
    harness.comeBack(spare);
    for (const worker of [a!, b!, c!]) harness.comeBack(worker);
    await until(() => harness.phase === 'training', 'training');
    expect([fresh.closed, spare.closed]).toEqual([null, null]);
    expect(harness.of('workerLost')).toEqual([]);
  });

  describe('in a pause', () => {
    /** As `left`, but that all stand still after the fifth step. */
    async function paused(): Promise<{ keeper: MemoryKeeper; workers: SimulatedWorker[] }> {
      const harness = await RecoveryHarness.start({ wanted: 2 });
      const workers = await harness.train('a', 'b');
      await harness.commit(4, ...workers);
      harness.run.pause();
      await until(() => workers.every(({ draining }) => draining), 'the boundary');
      await harness.commit(1, ...workers);
      await until(() => harness.phase === 'paused', 'the pause');
      harness.keeper.sync();
      for (const worker of workers) worker.pair.cut();
      await settled();
      return { keeper: harness.keeper, workers };
    }

    it('and they stand still when all are back, until somebody lets them go on', async () => {
      const { keeper, workers } = await paused();
      const harness = await RecoveryHarness.start({ keeper, paused: true });
      for (const worker of workers) harness.comeBack(worker);
      await until(() => harness.phase === 'paused', 'the pause');
      harness.clock.advance(24 * 3_600_000);
      await settled();
      expect([harness.phase, harness.of('workerLost'), harness.of('warning')]).toEqual(['paused', [], []]);
      expect(harness.of('paused')).toHaveLength(1);
      expect(harness.run.pause()).toBe('It is paused already.');
      expect(harness.run.goOn()).toBeNull();
      await harness.trains(2, ...workers);
      expect((await harness.finish(...workers)).exitCode).toBe(EXIT.done);
      expect(harness.ledger).toEqual(upTo(30));
    });

    it('that had not come to it: they come to it now', async () => {
      const { first, workers } = await left();
      const harness = await RecoveryHarness.start({ wanted: 3, keeper: first.keeper, paused: true });
      for (const worker of workers) harness.comeBack(worker);
      await until(() => workers.every(({ draining }) => draining), 'the boundary');
      await harness.commit(1, ...workers);
      await until(() => harness.phase === 'paused', 'the pause');
      expect(harness.ledger).toEqual(upTo(7));
    });

    it.each([
      ['by whom it does not concern', { workersLiveOn: false }],
      ['with other settings', { changed: true }],
    ])('and %s: it is over, and that is told', async (_, options) => {
      const { keeper } = await paused();
      const harness = await RecoveryHarness.start({ keeper, paused: true, ...options });
      expect([harness.of('paused').length, harness.of('unpaused').length]).toEqual([0, 1]);
      expect(harness.run.goOn()).toBe('It is not paused.');
    });
  });

  it('and with other settings: what workers hold of later steps is not taken', async () => {
    const { first, workers } = await left();
    const harness = await RecoveryHarness.start({
      wanted: 3,
      keeper: first.keeper,
      clock: new FakeClock(),
      changed: true,
    });
    await until(() => harness.phase === 'gathering', 'gathering');
    for (const worker of workers) harness.comeBack(worker);
    await harness.trains(2, ...workers);
    expect(workers.map(({ committed }) => committed)).toEqual([3, 3, 3]);
  });

  it('and a worker that comes after the end is sent home with 0', async () => {
    const harness = await RecoveryHarness.start({ wanted: 1 });
    const [a] = await harness.train('a');
    await harness.finish(a!);
    const late = harness.join('late');
    await until(() => late.closed !== null, 'the farewell');
    expect(late.leave()).toMatchObject({ exitCode: 0, code: 'DONE', message: 'The run is done.' });
  });
});
