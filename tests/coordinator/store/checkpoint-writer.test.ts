import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CheckpointWriter } from '../../../src/coordinator/store/checkpoint-writer.ts';
import { CheckpointFolder } from '../../../src/shared/checkpoint/folder.ts';
import { checkpointAfter, digestAfter } from '../simulated-worker.ts';

it('skips on a slow disk what is neither the newest nor the best, and never the best', async () => {
  const runDir = await mkdtemp(join(tmpdir(), 'gradsocket-writer-'));
  onTestFinished(() => rm(runDir, { recursive: true, force: true }));
  let ready = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const written: number[] = [];
  const skipped: number[] = [];
  const writer = new CheckpointWriter({
    folder: await CheckpointFolder.open(join(runDir, 'checkpoints'), 9, 'accuracy'),
    monitor: 'accuracy',
    savedStep: 0,
    runDir,
    now: () => 0,
    ledgerSynced: () => slow,
    onWritten: ({ step }) => written.push(step),
    onSkipped: (step) => skipped.push(step),
    onFailed: (_, error) => {
      throw error;
    },
    onTrouble: (error) => {
      throw error;
    },
    onError: (error) => {
      throw error;
    },
  });
  const accuracies = [0.1, 0.5, 0.9, null, 0.9, 0.2, null];
  accuracies.forEach((accuracy, index) => {
    const step = index + 1;
    writer.add({
      step,
      bytes: checkpointAfter(step),
      agreed: { weights: digestAfter(step), state: null },
      measured: accuracy === null ? null : { validationAccuracy: accuracy, validationLoss: 1 },
    });
  });
  ready();
  await writer.idle();
  expect(written).toEqual([1, 3, 7]);
  expect(skipped).toEqual([2, 4, 5, 6]);
  expect(writer.best).toMatchObject({ step: 3, validationAccuracy: 0.9 });
});
