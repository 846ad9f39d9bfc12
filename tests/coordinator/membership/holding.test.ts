import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/shared/errors.ts';
import { RunHarness } from '../run-harness.ts';
import { digestAfter } from '../simulated-worker.ts';
import { settled, until } from '../until.ts';

/** Two workers that have committed a step. */
async function begun(options: Parameters<typeof RunHarness.start>[0] = {}) {
  const harness = await RunHarness.start(options);
  const workers = await harness.train('a', 'b');
  await harness.commit(1);
  return { harness, workers };
}

/** The running step is committed by all, and they stand still. */
async function standStill(harness: RunHarness, phase: string): Promise<void> {
  await until(() => harness.workers.every(({ draining, halted }) => draining || halted), 'drain');
  for (const worker of harness.workers) if (worker.draining) worker.commit();
  await until(() => harness.phase === phase, phase);
}

describe('a pause', () => {
  it('lets the running step be committed by all, saves it, and holds them there until the run goes on', async () => {
    const { harness, workers } = await begun();
    expect(harness.run.pause()).toBeNull();
    await standStill(harness, 'paused');
    await until(() => harness.of('checkpoint').some(({ step }) => step === 2), 'the checkpoint');
    expect(workers.map(({ committed, training, closed }) => [committed, training, closed])).toEqual([
      [2, false, null],
      [2, false, null],
    ]);
    // However long: nobody is lost by it, and nobody is waited for.
    harness.clock.advance(24 * 3_600_000);
    await settled();
    expect([harness.phase, harness.of('workerLost'), harness.of('warning')]).toEqual(['paused', [], []]);
    expect(harness.run.pause()).toBe('It is paused already.');

    expect(harness.run.goOn()).toBeNull();
    await harness.trains(2, ...workers);
    expect(harness.of('generation').at(-1)).toMatchObject({ generation: 2, step: 2, why: 'the pause is over' });
    expect([harness.of('paused').length, harness.of('unpaused').length]).toEqual([1, 1]);
    await harness.commit(4);
    const { exitCode, summary } = await harness.run.over;
    expect([exitCode, summary?.steps, summary?.weightsDigest]).toEqual([EXIT.done, 6, digestAfter(6)]);
    // The day does not count as training.
    expect(summary!.seconds).toBeLessThan(60);
  });

  it('takes in who comes meanwhile, and goes on without who was lost', async () => {
    const { harness, workers } = await begun({ max: 3 });
    harness.run.pause();
    await standStill(harness, 'paused');
    const c = harness.join('c');
    await until(() => c.halted, 'c is healed');
    workers[1]!.pair.worker.close('goingAway', 'died');
    harness.clock.advance(120_000);
    await settled();
    expect(harness.phase).toBe('paused');
    harness.run.goOn();
    await until(() => workers[0]!.training && c.training, 'training');
    expect(c.committed).toBe(2);
  });

  it('ends as a run does that is interrupted, with all that was committed saved', async () => {
    const { harness } = await begun();
    harness.run.pause();
    await standStill(harness, 'paused');
    harness.run.interrupt('Ctrl-C');
    const { exitCode, summary } = await harness.run.over;
    expect([exitCode, summary?.steps, summary?.checkpoint]).toEqual([
      EXIT.interrupted,
      2,
      'checkpoints/step-00000002.safetensors',
    ]);
    expect(harness.run.save()).toBe('This run is about to end.');
  });

  it('that comes before training holds after the first step', async () => {
    const harness = await RunHarness.start();
    expect(harness.run.pause()).toBeNull();
    harness.join('a');
    harness.join('b');
    await standStill(harness, 'paused');
    expect(harness.run.progress.complete).toBe(1);
  });

  it('is lifted again where it has not come to it yet', async () => {
    const { harness, workers } = await begun();
    harness.run.pause();
    expect(harness.run.save()).toBe('It is paused, and its state was saved then.');
    harness.run.goOn();
    expect(harness.run.goOn()).toBe('It is not paused.');
    await until(() => workers.every(({ draining }) => draining), 'drain');
    for (const worker of workers) worker.commit();
    await harness.trains(2, ...workers);
    expect(harness.of('checkpoint')).toEqual([]);
  });
});

describe('a checkpoint that somebody asks for', () => {
  it('is of the running step, and the run goes on behind it', async () => {
    const { harness, workers } = await begun();
    expect(harness.run.save()).toBeNull();
    await until(() => workers.every(({ draining }) => draining), 'drain');
    for (const worker of workers) worker.commit();
    await harness.trains(2, ...workers);
    await until(() => harness.of('checkpoint').length > 0, 'the checkpoint');
    expect(harness.of('checkpoint').map(({ step }) => step)).toEqual([2]);
    await harness.commit(4);
    expect((await harness.run.over).summary).toMatchObject({ steps: 6, weightsDigest: digestAfter(6) });
  });

  it('does not keep the run waiting where it does not come', async () => {
    const { harness, workers } = await begun();
    for (const worker of workers) worker.upload = () => undefined;
    harness.run.save();
    await until(() => workers.every(({ draining }) => draining), 'drain');
    for (const worker of workers) worker.commit();
    await until(() => harness.phase === 'waiting', 'waiting');
    harness.clock.advance(600_000);
    await harness.trains(2, ...workers);
    expect(harness.of('warning').map(({ message }) => message)).toContain(
      'The checkpoint of step 2 that was asked for did not come.',
    );
  });
});
