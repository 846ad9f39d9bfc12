import type { Cell } from '../../../../src/cli/sweep/grid/grid.ts';
import type { RunRecord } from '../../../../src/cli/sweep/results/record.ts';
import { type RunResult, resultOf } from '../../../../src/cli/sweep/results/result.ts';
import type { Standing } from '../../../../src/cli/sweep/grid/scheduler.ts';
import type { RunSummary } from '../../../../src/coordinator/progress/events.ts';

const summary: RunSummary = {
  status: 'done',
  steps: 0,
  epochs: 0,
  samples: 0,
  trainLoss: null,
  trainAccuracy: null,
  validationLoss: null,
  validationAccuracy: null,
  validationStep: 230,
  imagesPerSecond: 0,
  seconds: 0,
  workers: 1,
  generations: 1,
  engine: 'wasm',
  weightsDigest: 'ab12',
  checkpoint: 'checkpoints/step-00000020.safetensors',
  bestCheckpoint: 'checkpoints/step-00000010.safetensors',
  best: null,
  skipped: 0,
  early: null,
  changes: [],
};

/** What the folder of a run would tell that was evaluated to these accuracies, an epoch of ten steps each. */
export function recordOf(cell: Cell, accuracies: readonly number[], changes: Partial<RunRecord> = {}): RunRecord {
  return {
    job: cell.job,
    summary,
    failure: null,
    inspections: [],
    classes: 10,
    steps: Array.from({ length: accuracies.length * 10 }, (_, step) => ({
      step: step + 1,
      loss: 2.3 / (step + 1),
      samples: 64,
      seconds: 0.064,
    })),
    evaluations: accuracies.map((accuracy, epoch) => ({
      step: (epoch + 1) * 10,
      epoch,
      loss: 1 - accuracy,
      accuracy,
      samples: 400,
    })),
    ...changes,
  };
}

export function finished(cell: Cell, ...accuracies: readonly number[]): RunResult {
  return resultOf(cell, 'done', recordOf(cell, accuracies), null);
}

export function unfinished(cell: Cell, standing: Standing): RunResult {
  return resultOf(cell, standing, null, null);
}
