import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/shared/errors.ts';
import { RecoveryHarness } from '../recovery-harness.ts';
import { RunHarness } from '../run-harness.ts';
import { digestAfter, type SimulatedWorker } from '../simulated-worker.ts';
import { settled, until } from '../until.ts';

/** Three steps an epoch; what workers say of the validation is the same after each. */
const job = { epochs: 10, patience: 2, monitor: 'loss' } as const;
const REASON = 'stopped early at epoch 3: validation loss did not fall for 2 epochs';

async function linesOf(harness: RunHarness, file: string, type: string): Promise<readonly { readonly step: number }[]> {
  const text = await readFile(join(harness.dir, file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => line.type === type);
}

/** Half a minute, but for a second: they commit meanwhile, so that nothing else seems to be wrong. */
async function trainOn({ clock }: Pick<RunHarness, 'clock'>, ...workers: readonly SimulatedWorker[]): Promise<void> {
  for (let seconds = 0; seconds < 29; seconds++) {
    if (seconds % 5 === 0) for (const worker of workers) worker.commit();
    await settled();
    clock.advance(1_000);
  }
  await settled();
}

describe('a run that is stopped early', () => {
  it.each([1, 3])('ends with the weights of the evaluation that decided it, with %i workers', async (wanted) => {
    const harness = await RunHarness.start({ wanted, job });
    const workers = await harness.train(...Array.from({ length: wanted }, (_, i) => `w${i}`));
    await harness.commit(9);
    // They have not heard of the end yet.
    for (const worker of workers) worker.commit();
    for (const worker of workers) worker.commit();
    const { exitCode, summary } = await harness.run.over;
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({ status: 'done', steps: 9, epochs: 3, validationStep: 9, early: REASON });
    expect(summary).toMatchObject({
      weightsDigest: digestAfter(9),
      checkpoint: expect.stringMatching(/step-0*9\.safetensors$/),
    });
    expect(workers.map((worker) => worker.leave())).toEqual(
      workers.map(() => expect.objectContaining({ exitCode: EXIT.done, message: `The run ${REASON}.` })),
    );
    await harness.archive.close();
    expect(await linesOf(harness, 'ledger.jsonl', 'step')).toHaveLength(9);
    expect((await linesOf(harness, 'metrics.jsonl', 'step')).at(-1)?.step).toBe(9);
  });

  it('keeps a checkpoint of its end where none was due', async () => {
    const harness = await RunHarness.start({ wanted: 1, job: { ...job, checkpointEvery: 100 } });
    await harness.train('w');
    await harness.commit(9);
    expect((await harness.run.over).summary?.checkpoint).toMatch(/step-0*9\.safetensors$/);
  });

  it('keeps it, too, where whoever sent it was lost with it before the evaluation decided', async () => {
    const harness = await RunHarness.start({ wanted: 2, job: { ...job, checkpointEvery: 100 } });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(8);
    a!.upload = () => undefined;
    a!.evaluate = () => undefined;
    await harness.commit(1);
    a!.pair.worker.close('done', 'killed');
    harness.run.workerExited('a', 'killed', true);
    b!.strand(0);
    const { exitCode, summary } = await harness.run.over;
    expect(b!.last('begin')).toEqual({ type: 'begin', generation: 2, evaluate: true, checkpoint: true });
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({
      steps: 9,
      early: REASON,
      checkpoint: expect.stringMatching(/step-0*9\.safetensors$/),
    });
  });

  it('stays ended when it is resumed, and trains on with more patience or with none', async () => {
    const first = await RunHarness.start({ wanted: 1, job });
    await first.train('w');
    await first.commit(9);
    const { summary } = await first.run.over;
    await first.archive.close();

    const again = await RunHarness.start({ wanted: 1, job, dir: first.dir, resume: true });
    expect(await again.run.over).toEqual({ exitCode: EXIT.done, summary });
    expect(again.of('warning').map(({ message }) => message)).toEqual([
      `This run ${REASON}. Raise --patience to train on, or turn it off (--patience '').`,
    ]);
    await again.archive.close();

    const longer = await RunHarness.start({ wanted: 1, job: { ...job, patience: 3 }, dir: first.dir, resume: true });
    await longer.train('w');
    await longer.commit(3);
    expect((await longer.run.over).summary).toMatchObject({
      steps: 12,
      early: expect.stringMatching(/epoch 4.* 3 epochs/),
    });
    await longer.archive.close();

    const on = await RunHarness.start({ wanted: 1, job: { epochs: 5 }, dir: first.dir, resume: true });
    await on.train('w');
    await on.commit(3);
    expect((await on.run.over).summary).toMatchObject({ steps: 15, early: null });
  });

  it('says why it trains no further where only its going on was given patience', async () => {
    const first = await RunHarness.start({ wanted: 1, job: { epochs: 3, monitor: 'loss' } });
    await first.train('w');
    await first.commit(9);
    expect((await first.run.over).summary).toMatchObject({ steps: 9, early: null });
    await first.archive.close();

    const again = await RunHarness.start({ wanted: 1, job, dir: first.dir, resume: true });
    expect((await again.run.over).summary).toMatchObject({ steps: 9 });
    expect(again.of('warning').at(-1)?.message).toMatch(`This run ${REASON}. Raise --patience`);
  });

  it.each([1, 4])(
    'begins at an older checkpoint again, and comes to the same, where the worker that held the state was lost, and the others are %i steps further',
    async (further) => {
      const harness = await RunHarness.start({ wanted: 2, job });
      const [a, b] = await harness.train('a', 'b');
      await harness.commit(8);
      a!.upload = () => undefined;
      await harness.commit(1);
      for (let n = 0; n < further; n++) for (const worker of [a!, b!]) worker.commit();
      a!.pair.worker.close('done', 'killed');
      harness.run.workerExited('a', 'killed', true);
      b!.strand(0);
      await until(() => harness.run.model.phase.name === 'rewinding', 'that they begin again');
      // On its way before it hears of that.
      b!.commit();
      b!.upload();
      b!.send({ type: 'peerLost', generation: b!.generation, rank: 0, reason: 'connection reset' });
      const c = harness.join('c');
      await until(() => b!.training && c.training, 'another generation');
      expect(b!.committed).toBe(6);
      await harness.commit(3, [b!, c]);
      expect((await harness.run.over).summary).toMatchObject({
        steps: 9,
        early: REASON,
        weightsDigest: digestAfter(9),
      });
    },
  );

  /** The evaluation that decides came, its checkpoint did not, and both have trained on. */
  async function withoutFile() {
    const harness = await RunHarness.start({ wanted: 2, job });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(8);
    a!.faults.neverUploads = true;
    await harness.commit(1);
    return { harness, a: a!, b: b! };
  }

  it('does not wait for a checkpoint that does not come: all begin at an older one, and come to the same', async () => {
    const { harness, a, b } = await withoutFile();
    await trainOn(harness, a, b);
    expect(harness.run.model.phase.name).toBe('training');
    harness.clock.advance(1_000);
    await until(() => a.training && b.training && a.committed === 6, 'another generation');
    a.faults.neverUploads = false;
    await harness.commit(3);
    expect((await harness.run.over).summary).toMatchObject({ steps: 9, early: REASON, weightsDigest: digestAfter(9) });
  });

  it('waits for one of a worker that is away', async () => {
    const harness = await RecoveryHarness.start({ wanted: 2, job });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(8, a!, b!);
    a!.faults.neverUploads = true;
    await harness.commit(1, a!, b!);
    await trainOn(harness, a!, b!);
    for (const worker of [a!, b!]) worker.commit();
    await settled();
    a!.pair.cut();
    for (let halves = 0; halves < 2; halves++) {
      b!.commit();
      await settled();
      harness.clock.advance(500);
    }
    await settled();
    expect([harness.phase, harness.states['a'], b!.halted]).toEqual(['training', 'away', false]);
    a!.committed = 9;
    harness.comeBack(a!);
    a!.faults.neverUploads = false;
    a!.upload();
    expect((await harness.run.over).summary).toMatchObject({ steps: 9, early: REASON });
  });

  it('ends with 70 where nobody ever sends it', async () => {
    const { harness, a, b } = await withoutFile();
    for (let times = 1; times < 3; times++) {
      await trainOn(harness, a, b);
      harness.clock.advance(1_000);
      await until(() => a.training && b.training && a.committed === 6, 'another generation');
      await harness.commit(3);
    }
    await trainOn(harness, a, b);
    harness.clock.advance(1_000);
    expect(await harness.run.over).toMatchObject({ exitCode: EXIT.internal });
    expect(a.leave()?.message).toBe('The run is over after step 9, but nobody sends its checkpoint.');
  });

  it('has nothing on record of what was computed after its end, also where who came first had told of it', async () => {
    const harness = await RunHarness.start({ wanted: 2, job });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(8);
    const evaluate = a!.evaluate.bind(a!);
    a!.evaluate = () => undefined;
    await harness.commit(1);
    b!.commit();
    b!.commit();
    await settled();
    a!.committed = 9;
    evaluate();
    a!.upload = () => undefined;
    await until(() => harness.of('evaluation').length === 3, 'the evaluation');
    a!.pair.worker.close('done', 'killed');
    harness.run.workerExited('a', 'killed', false);
    b!.strand(0);
    await until(() => b!.halted || harness.run.model.phase.name === 'finished', 'the halt');
    expect((await harness.run.over).summary).toMatchObject({
      steps: 9,
      early: REASON,
      weightsDigest: digestAfter(9),
      checkpoint: expect.stringMatching(/step-0*9\.safetensors$/),
    });
    await harness.archive.close();
    expect(await linesOf(harness, 'ledger.jsonl', 'step')).toHaveLength(9);
  });

  it.each([
    [2, 0],
    [null, 4],
  ])(
    'makes an evaluation again that was lost while all went on, where its end goes by it (--patience %s)',
    async (patience, from) => {
      const harness = await RecoveryHarness.start({ wanted: 2, job: { ...job, patience } });
      const [a, b] = await harness.train('a', 'b');
      await harness.commit(2, a!, b!);
      b!.evaluate = () => undefined;
      await harness.commit(2, a!, b!);
      harness.kill(b!, a!);
      const others = patience === null ? [] : [harness.join('c')];
      await until(() => a!.generation > 1 && a!.training, 'another generation');
      expect(a!.last('generation')?.step).toBe(from);
      const { summary } = await harness.finish(a!, ...others);
      expect(summary?.steps).toBe(patience === null ? 30 : 9);
      const evaluated = harness.of('evaluation').map(({ step }) => step);
      expect(evaluated.includes(3)).toBe(patience !== null);
    },
  );
});
