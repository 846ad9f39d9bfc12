import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEADLINES } from '../../../src/coordinator/membership/deadlines.ts';
import type { RunSummary } from '../../../src/coordinator/progress/events.ts';
import { writeFailure } from '../../../src/shared/checkpoint/atomic-file.ts';
import { stateParts } from '../../../src/shared/checkpoint/assembly.ts';
import { EXIT } from '../../../src/shared/errors.ts';
import type { Job } from '../../../src/shared/job/schema.ts';
import { totalSteps } from '../../../src/shared/plan/schedule.ts';
import { PROTOCOL_VERSION } from '../../../src/shared/protocol/shared.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { RunHarness } from '../run-harness.ts';
import { checkpointAfter, digestAfter, lossOf, SimulatedWorker } from '../simulated-worker.ts';
import { settled, until } from '../until.ts';

async function linesOf(harness: RunHarness, file: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(join(harness.dir, file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function summaryOf(harness: RunHarness): Promise<RunSummary> {
  return JSON.parse(await readFile(join(harness.dir, 'summary.json'), 'utf8')) as RunSummary;
}

describe('a run from the first hello to the last leave', () => {
  it('trains to the end, checkpoints, evaluates, counts every sample once and sends everybody home with 0', async () => {
    const harness = await RunHarness.start();
    const [a, b] = await harness.train('a', 'b');
    expect(a!.last('welcome')).toMatchObject({ microbatches: 4, resume: null, dataset: { name: 'simulated' } });
    expect(a!.last('generation')).toMatchObject({ generation: 1, rank: 0, topology: 'mesh', step: 0 });
    expect(b!.last('generation')).toMatchObject({ rank: 1 });
    await harness.commit(6);
    const { exitCode, summary } = await harness.run.over;
    await settled();

    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({
      status: 'done',
      steps: 6,
      epochs: 2,
      samples: 80,
      workers: 2,
      generations: 1,
      engine: 'wasm',
      weightsDigest: digestAfter(6),
      checkpoint: 'checkpoints/step-00000006.safetensors',
    });
    expect(summary!.validationAccuracy).toBeCloseTo((11 - 3) / 11, 12);
    expect(await summaryOf(harness)).toEqual(summary);
    expect(harness.of('step').map(({ step, loss }) => [step, loss])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, lossOf(step - 1)]),
    );
    expect(harness.of('evaluation').map(({ step, epoch, samples }) => [step, epoch, samples])).toEqual([
      [3, 0, 11],
      [6, 1, 11],
    ]);
    expect(harness.of('checkpoint').map(({ step, best }) => [step, best])).toEqual([
      [3, true],
      [6, false],
    ]);
    for (const worker of [a!, b!]) expect(worker.leave()).toMatchObject({ exitCode: 0, code: 'DONE' });

    await harness.archive.close();
    const ledger = await linesOf(harness, 'ledger.jsonl');
    expect(ledger.filter(({ type }) => type === 'epoch')).toEqual([
      { type: 'epoch', epoch: 0, samples: 40 },
      { type: 'epoch', epoch: 1, samples: 40 },
    ]);
    expect(ledger.find(({ step }) => step === 2)).toMatchObject({
      start: 32,
      end: 40,
      samples: 8,
      microbatches: { a: [0, 2], b: [2, 4] },
    });
    const metrics = await linesOf(harness, 'metrics.jsonl');
    expect(metrics.map(({ type, step }) => `${String(type)} ${String(step)}`)).toEqual([
      'step 1',
      'step 2',
      'step 3',
      'evaluation 3',
      'step 4',
      'step 5',
      'step 6',
      'evaluation 6',
    ]);
    // Each line whole: what is left out of it nobody finds again.
    const { time: stepTime, ...stepLine } = metrics[2]!;
    expect(stepLine).toEqual({
      type: 'step',
      step: 3,
      epoch: 0,
      loss: lossOf(2),
      accuracy: 0.5,
      samples: 8,
      learningRate: 0.1,
      gradientNorm: 2,
      imagesPerSecond: expect.closeTo(40 / 0.3, 9) as number,
      seconds: expect.closeTo(0.1, 9) as number,
    });
    const { time: evaluationTime, ...evaluationLine } = metrics[3]!;
    expect(evaluationLine).toEqual({
      type: 'evaluation',
      step: 3,
      epoch: 0,
      loss: expect.closeTo(0.3, 8) as number,
      accuracy: 8 / 11,
      samples: 11,
    });
    for (const time of [stepTime, evaluationTime]) expect(String(time)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(harness.clock.pending).toBe(0);
  });

  it('saves a checkpoint that still arrives when a faster worker is through with the next one', async () => {
    const harness = await RunHarness.start({ job: { checkpointEvery: 1 } });
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(2);
    a!.upload = () => undefined;
    await harness.commit(1);
    b!.commit();
    for (const part of stateParts(3, checkpointAfter(3))) a!.send(part);
    await until(() => harness.of('checkpoint').some(({ step }) => step === 3), 'the checkpoint of step 3');
    expect(harness.of('checkpoint').at(-1)).toMatchObject({ step: 3, best: true });
  });

  it('counts time and speed of a resumed run over all its parts, and says of which step its evaluation is', async () => {
    const first = await RunHarness.start({ job: { checkpointEvery: 1, epochs: 3 } });
    await first.train('a', 'b');
    await first.commit(4);
    first.run.interrupt('Ctrl-C');
    await until(() => first.workers.every(({ draining }) => draining), 'drain');
    for (const worker of first.workers) worker.commit();
    const { summary: part } = await first.run.over;
    expect(part).toMatchObject({ status: 'interrupted', steps: 5, validationStep: 3, seconds: expect.closeTo(0.4, 9) });
    await first.archive.close();
    const again = await RunHarness.start({ job: { epochs: 3 }, dir: first.dir, resume: true });
    await again.train('a', 'b');
    await again.commit(4);
    const { summary } = await again.run.over;
    expect(summary).toMatchObject({
      status: 'done',
      samples: 120,
      validationStep: 9,
      seconds: expect.closeTo(0.8, 9),
      imagesPerSecond: expect.closeTo(120 / 0.8, 6),
    });
  });

  /** Evaluations after steps 3 and 6, neither of which is due a checkpoint of its own but the last. */
  async function evaluatedTwice(job: Partial<Job>, first: Figures, second: Figures): Promise<RunHarness> {
    const harness = await RunHarness.start({ job: { epochs: 3, checkpointEvery: 4, keepCheckpoints: 1, ...job } });
    const workers = await harness.train('a', 'b');
    for (const figures of [first, second]) {
      for (const worker of workers) Object.assign(worker.faults, figures);
      await harness.commit(3);
      await until(() => harness.of('evaluation').at(-1)?.step === workers[0]!.committed, 'the evaluation');
    }
    for (const worker of workers) Object.assign(worker.faults, { misses: 2, validationLoss: 9 });
    await harness.commit(3);
    await harness.run.over;
    return harness;
  }
  type Figures = { readonly misses: number; readonly validationLoss: number };

  it.each([
    ['accuracy', 'the first', { misses: 0, validationLoss: 2 }, { misses: 1, validationLoss: 1 }, 3],
    ['accuracy', 'the second', { misses: 1, validationLoss: 1 }, { misses: 0, validationLoss: 2 }, 6],
    ['accuracy', 'the older of equals', { misses: 1, validationLoss: 2 }, { misses: 1, validationLoss: 1 }, 3],
    ['loss', 'the second', { misses: 0, validationLoss: 2 }, { misses: 1, validationLoss: 1 }, 6],
    ['loss', 'the first', { misses: 1, validationLoss: 1 }, { misses: 0, validationLoss: 2 }, 3],
  ] as const)(
    'keeps the best model by %s (%s), though no checkpoint is due there',
    async (monitor, _, one, two, step) => {
      const harness = await evaluatedTwice({ monitor }, one, two);
      const { best, bestCheckpoint, checkpoint } = await summaryOf(harness);
      const evaluation = harness.of('evaluation').find((event) => event.step === step)!;
      expect(best).toEqual({
        step,
        monitor,
        validationAccuracy: evaluation.accuracy,
        validationLoss: evaluation.loss,
      });
      expect([bestCheckpoint, checkpoint]).toEqual([
        `checkpoints/step-0000000${step}.safetensors`,
        'checkpoints/step-00000009.safetensors',
      ]);
      expect((await readdir(join(harness.dir, 'checkpoints'))).toSorted()).toEqual([
        'best.json',
        `step-0000000${step}.safetensors`,
        'step-00000009.safetensors',
      ]);
    },
  );

  it('asks the next generation for what is due for its evaluation alone, and was lost with whoever sent it', async () => {
    const harness = await RunHarness.start({ job: { epochs: 3, checkpointEvery: 100 } });
    const [a, b] = await harness.train('a', 'b');
    a!.upload = () => undefined;
    for (const worker of [a!, b!]) worker.faults.misses = 0;
    await harness.commit(3);
    await until(() => harness.of('evaluation').length === 1, 'the evaluation');
    a!.pair.worker.close('done', 'killed');
    b!.strand(0);
    await until(() => b!.training, 'another generation');
    expect(b!.last('begin')).toEqual({ type: 'begin', generation: 2, checkpoint: true });
    b!.faults.misses = 1;
    await harness.commit(6, [b!]);
    await harness.run.over;
    const { best, bestCheckpoint } = await summaryOf(harness);
    expect([best!.step, bestCheckpoint]).toEqual([3, 'checkpoints/step-00000003.safetensors']);
  });

  it('saves the state of a step whose upload for the best was not wanted, when the run ends there', async () => {
    const harness = await RunHarness.start({ job: { epochs: 3, checkpointEvery: 4 } });
    const [a] = await harness.train('a', 'b');
    await harness.commit(6);
    await until(() => harness.of('evaluation').length === 2, 'the evaluation');
    harness.run.interrupt('Ctrl-C');
    await until(() => a!.draining, 'drain');
    harness.clock.advance(800);
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(a!.last('upload')).toBeDefined();
    expect(harness.of('checkpoint').at(-1)).toMatchObject({ step: 6, best: false });
  });

  it('keeps the best of before a resume, and marks another one where something else is monitored from there on', async () => {
    const first = await evaluatedTwice(
      { keepCheckpoints: 9 },
      { misses: 0, validationLoss: 2 },
      { misses: 0, validationLoss: 1 },
    );
    await first.archive.close();
    const again = async (job: Partial<Job>) => {
      const harness = await RunHarness.start({ job: { checkpointEvery: 4, ...job }, dir: first.dir, resume: true });
      const workers = await harness.train('a', 'b');
      for (const worker of workers) Object.assign(worker.faults, { misses: 1, validationLoss: 1.5 });
      await harness.commit(3);
      const { summary } = await harness.run.over;
      await harness.archive.close();
      return [summary!.best!.step, harness.of('warning').map(({ message }) => message)];
    };
    expect(await again({ epochs: 4, keepCheckpoints: 9 })).toEqual([3, []]);
    // Step 6 was as good by accuracy, so nobody kept it.
    expect(await again({ epochs: 5, monitor: 'loss' })).toEqual([
      12,
      [expect.stringMatching(/^By --monitor loss, the best .* is that of step 12, no longer that of step 3/)],
    ]);
  });

  it('keeps the newest state when an older one of a slower worker comes after it', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(2);
    for (const step of [2, 1]) {
      harness.archive.checkpoint(step, checkpointAfter(step), { weights: digestAfter(step), state: null });
    }
    await harness.archive.checkpoints.idle();
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([2]);
    expect(harness.archive.checkpoints.savedFile).toBe('checkpoints/step-00000002.safetensors');
  });

  it('gives ranks by name, whoever was first', async () => {
    const harness = await RunHarness.start({ wanted: 3 });
    const workers = await harness.train('w10', 'w9', 'w1');
    expect(workers.map((worker) => worker.last('generation')!.rank)).toEqual([2, 1, 0]);
  });

  it('counts images per second without the time of evaluations', async () => {
    const harness = await RunHarness.start();
    const [a, b] = await harness.train('a', 'b');
    harness.clock.advance(1000);
    for (let step = 0; step < 3; step++) a!.commit();
    for (let step = 0; step < 3; step++) b!.commit();
    await until(() => harness.of('evaluation').length === 1, 'the evaluation');
    harness.clock.advance(5000);
    // The time until the evaluation was complete has passed before; what follows is the next step's.
    expect(harness.run.progress.throughput.overall).toBeCloseTo(40, 6);
  });
});

describe('waiting for workers', () => {
  it('writes the job that is asked for this time when training begins', async () => {
    const harness = await RunHarness.start();
    const file = join(harness.dir, 'job.yaml');
    await writeFile(file, 'epochs: 7\n');
    harness.join('a');
    expect(await readFile(file, 'utf8')).toBe('epochs: 7\n');
    const [worker] = await harness.train('b');
    expect(worker!.training).toBe(true);
    await harness.archive.close();
    expect(await readFile(file, 'utf8')).toContain('epochs: 2\n');
  });

  it('says who is missing while it waits, and in the end gives up with a sentence', async () => {
    const harness = await RunHarness.start({ wanted: 3 });
    harness.join('a');
    await settled();
    harness.clock.advance(30_000);
    expect(harness.of('warning')[0]!.message).toMatch(
      /^1 of 3 workers are here \(a\).*gradsocket worker --coordinator ws:/,
    );
    harness.clock.advance(30 * 60_000);
    const { exitCode } = await harness.run.over;
    expect(exitCode).toBe(EXIT.tryAgain);
    expect(harness.of('failed')[0]).toMatchObject({
      code: 'WORKERS_MISSING',
      message: expect.stringMatching(/1 of 3/),
    });
  });

  it('names the worker that never becomes ready', async () => {
    const harness = await RunHarness.start();
    harness.join('a');
    const slow = new SimulatedWorker({ name: 'slow', plan: harness.plan, validationSamples: 11 });
    slow.ready = () => undefined;
    harness.run.admit(slow.pair.coordinator);
    slow.hello();
    await settled();
    expect(harness.phase).toBe('preparing');
    harness.clock.advance(5 * 60_000);
    await harness.run.over;
    expect(harness.of('failed')[0]!.message).toMatch(/1 of 2 workers are ready .* still missing: slow \(worker:0\)/);
  });

  it('does without the mesh where workers do not reach each other, within seconds and with nobody lost', async () => {
    const harness = await RunHarness.start();
    const worker = (name: string) => {
      const made = new SimulatedWorker({ name, plan: harness.plan, validationSamples: 11, address: `${name}:9` });
      const connect = made.connect.bind(made);
      made.connect = () => {
        if (made.last('generation')!.topology === 'star') connect();
      };
      harness.workers.push(made);
      harness.run.admit(made.pair.coordinator);
      made.hello();
      return made;
    };
    const workers = [worker('a'), worker('b')];
    await until(() => workers.every((one) => one.last('generation') !== undefined), 'the generation');
    await settled();
    harness.clock.advance(15_000);
    await until(() => workers.every(({ training }) => training), 'begin by way of the coordinator');
    expect(workers.map((one) => one.last('generation'))).toMatchObject([
      { generation: 2, topology: 'star', step: 0 },
      { generation: 2, topology: 'star', step: 0 },
    ]);
    expect(harness.of('warning')[0]!.message).toMatch(
      /^a \(a:9\), b \(b:9\) did not get connected to the others within 15 s: gradients go through the coordinator/,
    );
    expect(harness.of('workerLost')).toEqual([]);
    await harness.commit(6, workers);
    expect((await harness.run.over).exitCode).toBe(EXIT.done);
  });

  it('names the worker that never connects', async () => {
    const harness = await RunHarness.start({ job: { topology: 'mesh' } });
    harness.join('a');
    const lonely = new SimulatedWorker({ name: 'lonely', plan: harness.plan, validationSamples: 11 });
    lonely.connect = () => undefined;
    harness.run.admit(lonely.pair.coordinator);
    lonely.hello();
    await until(() => lonely.last('generation') !== undefined, 'the generation');
    await settled();
    harness.clock.advance(60_000);
    await harness.run.over;
    expect(harness.of('failed')[0]).toMatchObject({ code: 'NOT_CONNECTED', exitCode: EXIT.tryAgain });
    expect(harness.of('failed')[0]!.message).toMatch(/lonely .*--topology star/);
  });

  it('takes another worker in the place of one that leaves before training', async () => {
    const harness = await RunHarness.start();
    const first = harness.join('first');
    await until(() => first.last('welcome') !== undefined, 'welcome');
    first.pair.cut();
    await settled();
    expect(harness.of('workerLost')).toHaveLength(1);
    await harness.train('a', 'b');
    await harness.commit(6, harness.workers.slice(1));
    expect((await harness.run.over).exitCode).toBe(EXIT.done);
  });

  it('refuses a worker of another protocol version, naming both, and waits on', async () => {
    const harness = await RunHarness.start();
    const old = harness.join('old', { version: PROTOCOL_VERSION + 1 });
    await until(() => old.closed !== null, 'the refusal');
    expect(old.closed).toMatchObject({ by: 'peer', name: 'unsupportedVersion' });
    const both = new RegExp(`\\b${PROTOCOL_VERSION + 1}\\b.*\\b${PROTOCOL_VERSION}\\b`);
    expect(old.closed!.reason).toMatch(both);
    expect(harness.of('warning')[0]!.message).toMatch(both);
    expect(harness.members).toHaveLength(0);
    expect(harness.phase).toBe('gathering');
  });

  it('sends away a worker too many, and nobody else is harmed', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    const spares = [harness.join('c'), harness.join('d')];
    const late = harness.join('late');
    await until(() => late.closed !== null, 'the refusal');
    expect(late.leave()).toMatchObject({ exitCode: EXIT.tryAgain, code: 'RUN_FULL' });
    expect(spares.map((spare) => spare.closed)).toEqual([null, null]);
    await harness.commit(6, harness.workers.slice(0, 2));
    expect((await harness.run.over).exitCode).toBe(EXIT.done);
  });

  it('tells apart two workers of one name', async () => {
    const harness = await RunHarness.start();
    await harness.train('same', 'same');
    expect(new Set(harness.members.map(({ name }) => name)).size).toBe(2);
  });

  it('ends the run when a worker that nobody starts again ends before training, with what it said', async () => {
    const harness = await RunHarness.start();
    const worker = harness.join('a');
    await until(() => worker.last('welcome') !== undefined, 'welcome');
    worker.send({ type: 'failed', code: 'NO_ENGINE', exitCode: EXIT.noEngine, message: 'there is no engine' });
    await settled();
    expect(harness.phase).toBe('gathering');
    harness.run.workerExited('a', 'exit code 69');
    expect((await harness.run.over).exitCode).toBe(EXIT.noEngine);
    expect(harness.of('failed')[0]!.message).toMatch(/^a cannot go on: there is no engine/);
  });

  it('warns of workers with different engines', async () => {
    const harness = await RunHarness.start();
    harness.join('a', { engine: 'wasm' });
    harness.join('b', { engine: 'cpu' });
    await until(() => harness.workers.every(({ training }) => training), 'begin');
    expect(harness.of('warning')[0]!.message).toMatch(/different engines \(a: wasm, b: cpu\)/);
  });

  it('goes through the coordinator where a worker cannot be reached, and says so', async () => {
    const harness = await RunHarness.start();
    harness.join('a', { address: null });
    harness.join('b');
    await until(() => harness.workers.every(({ training }) => training), 'begin');
    expect(harness.hub.opened.map(({ topology }) => topology)).toEqual(['star']);
    expect(harness.workers[0]!.last('generation')!.topology).toBe('star');
  });

  it('refuses --topology mesh with a worker that accepts no connection, naming it', async () => {
    const harness = await RunHarness.start({ job: { topology: 'mesh' } });
    harness.join('a', { address: null });
    harness.join('b');
    expect((await harness.run.over).exitCode).toBe(EXIT.configuration);
    expect(harness.of('failed')[0]!.message).toMatch(/but a accepts no connection/);
  });

  it('stops before training when workers begin with different weights', async () => {
    const harness = await RunHarness.start({ wanted: 3 });
    const odd = harness.join('odd');
    odd.faults.wrongWeightsAt = 0;
    harness.join('b');
    harness.join('c');
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]).toMatchObject({ code: 'REPLICAS_DIVERGED' });
    expect(harness.of('failed')[0]!.message).toMatch(/odd differs from the majority/);
  });
});

describe('replicas that are not equal', () => {
  it('stops at the checkpoint and names the worker with other weights', async () => {
    const harness = await RunHarness.start({ wanted: 3 });
    const workers = await harness.train('a', 'b', 'c');
    workers[1]!.faults.wrongWeightsAt = 3;
    await harness.commit(2);
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]).toMatchObject({ code: 'REPLICAS_DIVERGED' });
    expect(harness.of('failed')[0]!.message).toMatch(/^After step 3 .* b differs from the majority\./);
    expect(harness.of('checkpoint')).toHaveLength(0);
  });

  it.each([
    ['weights', { wrongWeightsAt: 3 }, /^After step 3 /],
    ['sums', { wrongLossAt: 2 }, /^Workers disagree about step 2: /],
  ] as const)(
    'waits for a third where two have different %s, and goes by what is known where it is lost',
    async (_, faults, what) => {
      const harness = await RunHarness.start({ wanted: 3 });
      const [a, b, c] = await harness.train('a', 'b', 'c');
      Object.assign(b!.faults, faults);
      await harness.commit(2);
      for (const worker of [a!, b!]) worker.commit();
      await settled();
      expect(harness.phase).toBe('training');
      c!.pair.worker.close('goingAway');
      expect((await harness.run.over).exitCode).toBe(EXIT.internal);
      const { message } = harness.of('failed')[0]!;
      expect(message).toMatch(what);
      expect(message).not.toContain('majority');
      expect(message).toMatch(/ c had not told by then\.$/);
      expect(harness.of('checkpoint')).toHaveLength(0);
    },
  );

  it('waits for a third that keeps silent no longer than its time', async () => {
    const harness = await RunHarness.start({ wanted: 3 });
    const [a, b] = await harness.train('a', 'b', 'c');
    b!.faults.wrongWeightsAt = 3;
    await harness.commit(2);
    for (const worker of [a!, b!]) worker.commit();
    await settled();
    harness.clock.advance(DEADLINES.verdict - 1);
    expect(harness.phase).toBe('training');
    harness.clock.advance(1);
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]!.message).toMatch(/ c had not told by then\.$/);
  });

  it.each([
    ['statistics', 'running statistics'],
    ['optimizer', 'states of the optimizer'],
  ] as const)('stops where weights are the same and %s differ, says so and names the worker', async (part, words) => {
    const harness = await RunHarness.start({ wanted: 3 });
    const workers = await harness.train('a', 'b', 'c');
    workers[2]!.faults.wrongPart = { part, at: 3 };
    await harness.commit(2);
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]).toMatchObject({ code: 'REPLICAS_DIVERGED' });
    const { message } = harness.of('failed')[0]!;
    expect(message).toContain(`After step 3 the workers hold different ${words}`);
    expect(message).toContain('though the same weights');
    expect(message).toContain('c differs from the majority');
    expect(harness.of('checkpoint')).toHaveLength(0);
  });

  it('keeps no checkpoint that holds another state than the workers say, though the same weights', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    // All err alike: only the file tells.
    for (const worker of workers) {
      worker.faults.wrongPart = { part: 'optimizer', at: 3 };
      Object.defineProperty(worker, 'name', { value: 'both' });
    }
    await harness.commit(2);
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]!.message).toMatch(
      /checkpoint of step 3 that a sent holds a state .* It was not kept/,
    );
    expect(harness.of('checkpoint')).toHaveLength(0);
  });

  it('compares the weights alone with a worker that does not speak of the rest', async () => {
    const harness = await RunHarness.start();
    const [, b] = await harness.train('a', 'b');
    b!.faults.weightsOnly = true;
    await harness.commit(6);
    expect((await harness.run.over).exitCode).toBe(EXIT.done);
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([3, 6]);
  });

  it('stops at once when workers report different sums of one step', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    workers[1]!.faults.wrongLossAt = 1;
    await harness.commit(1);
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.internal);
    expect(harness.of('failed')[0]!.message).toMatch(/disagree about step 1: lossSum/);
  });

  it('sends away a worker that leaves a chunk of an evaluation out, and goes on', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    workers[1]!.faults.skipChunk = 1;
    for (const worker of workers) for (let step = 0; step < 3; step++) worker.commit();
    await until(() => harness.of('workerLost').length === 1, 'the loss');
    expect(harness.of('workerLost')[0]).toMatchObject({
      worker: 'b',
      reason: expect.stringContaining('malformed (4000), The evaluation after step 3 is not as dealt: b did not send'),
    });
    expect(harness.of('failed')).toEqual([]);
  });

  it('minds no name that means something to JavaScript', async () => {
    const harness = await RunHarness.start();
    await harness.train('constructor', '__proto__');
    await harness.commit(6);
    expect((await harness.run.over).exitCode).toBe(EXIT.done);
  });

  const wrong = {
    generation: 1,
    weightsDigest: 'a'.repeat(64),
    statisticsDigest: null,
    optimizerDigest: null,
  } as const;
  const times = { data: 0, compute: 0, allReduce: 0, optimizer: 0, total: 0 };
  const committed = { ...wrong, type: 'step', step: 0, lossSum: 1, correct: 1, samples: 16, learningRate: 1 } as const;
  const report = { ...committed, gradientNorm: 1, times, bytesSent: 0, bytesReceived: 0 } as const;
  it.each([
    ['more right than there are samples', { ...report, correct: 1e300 }],
    ['a sum over other samples than the step has', { ...report, samples: 64 }],
    ['a step that it cannot have reached', { ...report, step: 5 }],
    ['a step that the plan does not have', { ...report, step: 1e9 }],
    ['digests after a step that nobody has committed', { ...wrong, type: 'weights', step: 6, engineBusy: null }],
    ['digests after a step that the plan does not have', { ...wrong, type: 'weights', step: 1e9, engineBusy: null }],
    ['digests where none are due', { ...wrong, type: 'weights', step: 1, engineBusy: null }],
    ['an answer to halt from a step far ahead', { ...wrong, type: 'weights', step: 1e9, engineBusy: false }],
    ['an evaluation where none is due', { type: 'evaluated', generation: 1, step: 1, chunks: [] }],
    [
      'an evaluation of a step that the plan does not have',
      { type: 'evaluated', generation: 1, step: 3e6, chunks: [] },
    ],
    [
      'a checkpoint of a step that the plan does not have',
      { type: 'state', step: 1e9, offset: 0, total: 4, data: new Uint8Array(1) },
    ],
    ['a rank that there is not', { type: 'peerLost', generation: 1, rank: 7, reason: 'x' }],
    ['that it is done long before', { type: 'done', step: 1 }],
  ] as const)('sends away a worker that tells of %s, and the other goes on', async (_, message) => {
    const harness = await RunHarness.start();
    const [, b] = await harness.train('a', 'b');
    b!.send(message as ToCoordinator);
    await until(() => harness.of('workerLost').length === 1, 'the loss');
    expect(harness.of('workerLost')[0]).toMatchObject({ worker: 'b' });
    await settled();
    expect(harness.of('failed')).toEqual([]);
  });

  it('ends a run whose loss is no number any more: diverged, with its step, the last good checkpoint and a way on', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    for (const worker of workers) worker.faults.lossAt = (step) => (step === 4 ? Number.NaN : null);
    await harness.commit(4);
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.diverged);
    expect(harness.of('failed')[0]).toMatchObject({
      code: 'TRAINING_DIVERGED',
      exitCode: EXIT.diverged,
      message:
        'The loss of step 5 is NaN: training has diverged. Go on from the last good checkpoint, step 3, with a lower ' +
        'rate: gradsocket launch --resume --run-dir RUN --lr 0.003',
    });
    expect(await summaryOf(harness)).toMatchObject({
      status: 'diverged',
      checkpoint: expect.stringMatching(/03\.safe/),
    });
    await harness.archive.close();
    expect((await linesOf(harness, 'metrics.jsonl')).at(-1)).toMatchObject({ type: 'step', step: 5, loss: null });
  });

  it('takes a gradient that is not finite for the same, though the loss still is', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    for (const worker of workers) worker.faults.gradientNorm = Number.POSITIVE_INFINITY;
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.diverged);
    expect(harness.of('failed')[0]!.message).toMatch(
      /^The norm of the gradient of step 1 is Infinity: .* Go on from the beginning, with a lower rate/,
    );
  });

  it('takes an evaluation without a finite loss for the same: neither the newest checkpoint nor the best is of that step', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    await harness.commit(5);
    for (const worker of workers) worker.faults.validationLoss = Number.NaN;
    for (const worker of workers) worker.commit();
    const { exitCode, summary } = await harness.run.over;
    expect(exitCode).toBe(EXIT.diverged);
    expect(harness.of('failed')[0]!.message).toMatch(/^The validation loss after step 6 is NaN: .* step 3, /);
    expect(summary).toMatchObject({
      status: 'diverged',
      validationLoss: null,
      validationAccuracy: expect.closeTo((11 - 3) / 11) as number,
      checkpoint: 'checkpoints/step-00000003.safetensors',
      bestCheckpoint: 'checkpoints/step-00000003.safetensors',
    });
  });

  it('sets the checkpoint aside whose evaluation is made up for and comes to no finite loss', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(6);
    await harness.run.over;
    await harness.archive.close();
    const metrics = join(harness.dir, 'metrics.jsonl');
    const lines = (await readFile(metrics, 'utf8')).trimEnd().split('\n');
    await writeFile(metrics, `${lines.slice(0, -1).join('\n')}\n`);

    const again = await RunHarness.start({ dir: harness.dir, resume: true });
    const workers = ['a', 'b'].map((name) => again.join(name));
    for (const worker of workers) worker.faults.validationLoss = Number.POSITIVE_INFINITY;
    const { exitCode, summary } = await again.run.over;
    expect(exitCode).toBe(EXIT.diverged);
    expect(summary).toMatchObject({ checkpoint: 'checkpoints/step-00000003.safetensors' });
  });

  it('never keeps a state that is not finite, also when it is stopped', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(4);
    for (const worker of harness.workers) worker.faults.notFinite = true;
    harness.run.interrupt('Ctrl-C');
    await until(() => harness.workers.every(({ draining }) => draining), 'drain');
    for (const worker of harness.workers) worker.commit();
    expect((await harness.run.over).exitCode).toBe(EXIT.diverged);
    expect(harness.of('failed')[0]!.message).toMatch(/^After step 5, 'weight' holds values that are not finite: /);
    expect(harness.archive.checkpoints.savedFile).toBe('checkpoints/step-00000003.safetensors');
  });
});

describe('what workers say', () => {
  it('keeps the exit code of a worker that said why it cannot go on', async () => {
    const harness = await RunHarness.start();
    const [a] = await harness.train('a', 'b');
    await harness.commit(1);
    a!.send({ type: 'failed', code: 'BAD_IMAGE', exitCode: EXIT.badData, message: 'x.png cannot be decoded' });
    expect((await harness.run.over).exitCode).toBe(EXIT.badData);
    expect(harness.of('failed')[0]).toMatchObject({ code: 'BAD_IMAGE' });
  });

  it('drops and counts what belongs to another generation', async () => {
    const harness = await RunHarness.start();
    const [a] = await harness.train('a', 'b');
    const digests = { weightsDigest: 'f'.repeat(64), statisticsDigest: null, optimizerDigest: null };
    a!.send({ type: 'weights', generation: 7, step: 0, ...digests, engineBusy: null });
    await until(() => harness.stale === 1, 'the count');
    await harness.commit(6);
    expect((await harness.run.over).exitCode).toBe(EXIT.done);
  });
});

describe('an interrupt', () => {
  it('while waiting for workers ends the run at once with 130', async () => {
    const harness = await RunHarness.start();
    const a = harness.join('a');
    await until(() => a.last('welcome') !== undefined, 'welcome');
    harness.run.interrupt('Ctrl-C');
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    await settled();
    expect(a.leave()).toMatchObject({ exitCode: EXIT.interrupted, code: 'INTERRUPTED' });
  });

  it('leaves a summary of a new run with given weights, too, before it trains', async () => {
    const harness = await RunHarness.start({ given: true });
    harness.run.interrupt('Ctrl-C');
    const { exitCode, summary } = await harness.run.over;
    expect(exitCode).toBe(EXIT.interrupted);
    expect(summary).toMatchObject({ status: 'interrupted', steps: 0, weightsDigest: digestAfter(0) });
    expect(await summaryOf(harness)).toEqual(summary);
  });

  it('while training lets all commit the running step, saves it, and leaves with 130', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    await harness.commit(1);
    harness.run.interrupt('Ctrl-C');
    await until(() => workers.every(({ draining }) => draining), 'drain');
    for (const worker of workers) worker.commit();
    const { exitCode, summary } = await harness.run.over;
    expect(exitCode).toBe(EXIT.interrupted);
    expect(summary).toMatchObject({ status: 'interrupted', steps: 2, weightsDigest: digestAfter(2) });
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([2]);
  });

  it('does not wait for an evaluation that was due after the last step', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    await harness.commit(2);
    harness.run.interrupt('Ctrl-C');
    await until(() => workers.every(({ draining }) => draining), 'drain');
    for (const worker of workers) worker.commit();
    expect((await harness.run.over).summary).toMatchObject({ status: 'interrupted', steps: 3 });
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([3]);
  });

  it('drops a step that is too slow to wait for, and saves what was committed', async () => {
    const harness = await RunHarness.start();
    const [a, b] = await harness.train('a', 'b');
    for (let n = 0; n < 2; n++) {
      harness.clock.advance(3_000);
      await harness.commit(1);
    }
    harness.run.interrupt('Ctrl-C');
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(a!.last('drain')).toBeUndefined();
    expect([a!.halted, b!.halted]).toEqual([true, true]);
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([2]);
  });

  it('turns a drain that takes too long into a halt', async () => {
    const harness = await RunHarness.start();
    const [a] = await harness.train('a', 'b');
    await harness.commit(1);
    harness.run.interrupt('Ctrl-C');
    await until(() => a!.draining, 'drain');
    harness.clock.advance(800);
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(a!.halted).toBe(true);
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([1]);
  });

  it('leaves within two seconds even when nobody answers any more', async () => {
    const harness = await RunHarness.start();
    const workers = await harness.train('a', 'b');
    await harness.commit(4);
    for (const worker of workers) worker.faults.silentOnHalt = true;
    harness.run.interrupt('Ctrl-C');
    harness.clock.advance(1_600);
    const { exitCode, summary } = await harness.run.over;
    expect(exitCode).toBe(EXIT.interrupted);
    expect(summary!.checkpoint).toBe('checkpoints/step-00000003.safetensors');
    expect(harness.of('warning').map(({ message }) => message)).toEqual([
      'What came after step 3 is not saved: no worker is left that could send its state.',
    ]);
  });

  it('waits for the answer of a busy machine, and for the checkpoint that it then asks for', async () => {
    const harness = await RunHarness.start();
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(1);
    for (const worker of [a!, b!]) worker.faults.silentOnHalt = true;
    const upload = a!.upload.bind(a);
    let asked = false;
    a!.upload = () => {
      asked = true;
    };
    harness.run.interrupt('Ctrl-C');
    await until(() => a!.draining, 'drain');
    harness.clock.advance(800);
    await until(() => a!.halted, 'halt');
    harness.clock.advance(700);
    a!.sendWeights(false);
    await until(() => asked, 'the question');
    harness.clock.advance(400);
    expect(harness.phase).toBe('saving');
    upload();
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([1]);
    expect(harness.of('warning')).toEqual([]);
  });

  it('leaves where a checkpoint that was asked for does not begin to come', async () => {
    const harness = await RunHarness.start();
    const [a] = await harness.train('a', 'b');
    await harness.commit(1);
    a!.upload = () => undefined;
    harness.run.interrupt('Ctrl-C');
    await until(() => a!.draining, 'drain');
    harness.clock.advance(800);
    await until(() => harness.phase === 'saving', 'saving');
    harness.clock.advance(800);
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(harness.of('warning').map(({ message }) => message)).toEqual([
      'Leaving before a checkpoint of the newest step was complete.',
    ]);
  });

  it('a second time leaves at once', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(1);
    harness.run.interrupt('Ctrl-C');
    harness.run.interrupt('Ctrl-C');
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(harness.of('checkpoint')).toHaveLength(0);
  });

  it('stays an interrupt when a worker dies of the same Ctrl-C', async () => {
    const harness = await RunHarness.start();
    const [, b] = await harness.train('a', 'b');
    await harness.commit(1);
    harness.run.interrupt('Ctrl-C');
    b!.pair.cut();
    expect((await harness.run.over).exitCode).toBe(EXIT.interrupted);
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([1]);
  });
});

describe('a full disk', () => {
  it('ends the run with 74 and a sentence, keeps the earlier checkpoints, and sends the workers away', async () => {
    let writes = 0;
    const harness = await RunHarness.start({
      breakDisk: (folder) => {
        const write = folder.write.bind(folder);
        folder.write = (step, bytes) => {
          writes++;
          return writes === 1 ? write(step, bytes) : Promise.reject(fullDisk());
        };
      },
    });
    const [a] = await harness.train('a', 'b');
    await harness.commit(6);
    const { exitCode } = await harness.run.over;
    await settled();
    expect(exitCode).toBe(EXIT.ioError);
    expect(harness.of('failed')[0]).toMatchObject({ code: 'DISK_FULL' });
    expect(a!.leave()).toMatchObject({ exitCode: EXIT.ioError });
    expect(harness.archive.checkpoints.savedFile).toBe('checkpoints/step-00000003.safetensors');
  });
});

describe('a resumed run', () => {
  it('sends the checkpoint to every worker, goes on behind it, and forgets what came after it', async () => {
    const harness = await RunHarness.start();
    const [, b] = await harness.train('a', 'b');
    await harness.commit(5);
    harness.run.fail(new Error('killed'));
    await harness.run.over;
    await harness.archive.close();
    expect(b!.committed).toBe(5);

    const again = await RunHarness.start({ dir: harness.dir, resume: true, wanted: 3 });
    const workers = await again.train('x', 'y', 'z');
    expect(workers[0]!.last('welcome')!.resume).toMatchObject({ step: 3 });
    expect(workers[0]!.last('generation')).toMatchObject({ generation: 2, step: 3 });
    await again.commit(3);
    const { exitCode, summary } = await again.run.over;
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({ steps: 6, samples: 80, generations: 2, weightsDigest: digestAfter(6) });
    await again.archive.close();
    const ledger = await linesOf(again, 'ledger.jsonl');
    const steps = ledger.filter(({ type }) => type === 'step');
    expect(steps.map(({ step, generation }) => [step, generation])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
      [5, 2],
    ]);
    expect(ledger.filter(({ type }) => type === 'epoch')).toHaveLength(2);
    const metrics = await linesOf(again, 'metrics.jsonl');
    expect(metrics.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('ends at once, without workers, when no step is left', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(totalSteps(harness.plan));
    const first = await harness.run.over;
    await harness.archive.close();
    const again = await RunHarness.start({ dir: harness.dir, resume: true });
    const { exitCode, summary } = await again.run.over;
    expect(exitCode).toBe(EXIT.done);
    expect(summary).toMatchObject({
      steps: 6,
      weightsDigest: digestAfter(6),
      validationAccuracy: first.summary!.validationAccuracy,
    });
    expect(await summaryOf(again)).toEqual(first.summary);
    expect(summary).toEqual(first.summary);
    expect(again.of('warning').at(-1)!.message).toMatch(/^This run is complete: all 6 steps are done\./);
    const late = again.join('late');
    await until(() => late.closed !== null, 'the farewell');
    expect(late.leave()).toMatchObject({ exitCode: 0, code: 'DONE' });
  });

  it('evaluates the last step once where that was lost, and rates its checkpoint by it', async () => {
    const harness = await RunHarness.start();
    const [a, b] = await harness.train('a', 'b');
    await harness.commit(5);
    a!.evaluate = () => undefined;
    b!.evaluate = () => undefined;
    a!.commit();
    await settled();
    harness.run.interrupt('Ctrl-C');
    await until(() => b!.draining, 'drain');
    harness.clock.advance(800);
    const first = await harness.run.over;
    expect(first).toMatchObject({ exitCode: EXIT.interrupted, summary: { status: 'interrupted', steps: 6 } });
    expect(harness.of('evaluation').map(({ step }) => step)).toEqual([3]);
    await harness.archive.close();

    const again = await RunHarness.start({ dir: harness.dir, resume: true, wanted: 3 });
    for (const name of ['x', 'y', 'z']) again.join(name);
    const { exitCode, summary } = await again.run.over;
    expect(exitCode).toBe(EXIT.done);
    expect(again.of('evaluation').map(({ step, samples }) => [step, samples])).toEqual([[6, 11]]);
    expect(summary).toMatchObject({
      status: 'done',
      steps: 6,
      weightsDigest: digestAfter(6),
      imagesPerSecond: first.summary!.imagesPerSecond,
    });
    expect(summary!.validationAccuracy).toBeCloseTo((11 - 3) / 11, 12);
    expect(await summaryOf(again)).toEqual(summary);
    await again.archive.close();

    const third = await RunHarness.start({ dir: harness.dir, resume: true });
    expect(await third.run.over).toEqual({ exitCode: EXIT.done, summary });
    expect(third.of('evaluation')).toEqual([]);
  });

  it('keeps what was said of it where it is interrupted before it trains', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(4);
    harness.run.interrupt('Ctrl-C');
    harness.run.interrupt('Ctrl-C');
    const first = await harness.run.over;
    await harness.archive.close();
    const again = await RunHarness.start({ dir: harness.dir, resume: true });
    again.run.interrupt('Ctrl-C');
    await again.run.over;
    expect(await summaryOf(again)).toEqual(first.summary);
  });

  it('is told of where it is interrupted before it trains and nothing was said of it before', async () => {
    const harness = await RunHarness.start();
    await harness.train('a', 'b');
    await harness.commit(4);
    // As a killed coordinator leaves it.
    await harness.archive.close();
    const again = await RunHarness.start({ dir: harness.dir, resume: true });
    again.run.interrupt('Ctrl-C');
    await again.run.over;
    expect(await summaryOf(again)).toMatchObject({ status: 'interrupted', steps: 3, weightsDigest: digestAfter(3) });
  });
});

function fullDisk(): Error {
  return writeFailure('step.safetensors', 100, Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
}
