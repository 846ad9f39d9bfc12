import { expect, it } from 'vitest';
import { resultLines } from '../../../src/cli/ui/result.ts';
import { clockText, lossText, rateText } from '../../../src/cli/ui/text.ts';
import type { RunSummary } from '../../../src/coordinator/progress/events.ts';

const summary: RunSummary = {
  status: 'done',
  steps: 230,
  epochs: 10,
  samples: 14_380,
  trainLoss: 0.01,
  trainAccuracy: 1,
  validationLoss: 0.0724,
  validationAccuracy: 0.9777,
  validationStep: 230,
  imagesPerSecond: 4209.3,
  seconds: 3.6,
  workers: 2,
  generations: 1,
  engine: 'wasm',
  weightsDigest: null,
  checkpoint: 'checkpoints/step-00000230.safetensors',
  bestCheckpoint: 'checkpoints/step-00000161.safetensors',
  best: null,
  skipped: 0,
  early: null,
  changes: [],
};
const context = {
  runDir: 'runs/my run',
  command: 'npx gradsocket',
  resumeCommand: 'RESUME',
  fallback: false,
  example: null,
};

it('says how good and how fast, where the model is and what to do next', () => {
  expect(resultLines(summary, context)).toEqual([
    'result    validation accuracy 97.8 %, loss 0.0724',
    'speed     4,209 images/s, 0:04 in all, 230 steps',
    'model     runs/my run/checkpoints/step-00000161.safetensors',
    "next      npx gradsocket predict 'runs/my run' IMAGE...",
  ]);
});

it('says what else is worth knowing: of which step the figures are, how good the best was, what was changed on the way', () => {
  const lines = resultLines(
    {
      ...summary,
      status: 'interrupted',
      validationStep: 207,
      best: { step: 161, monitor: 'loss', validationAccuracy: 0.98, validationLoss: 0.07 },
      changes: [{ step: 115, from: { lr: 0.1 }, to: { lr: 0.01 } }],
    },
    context,
  );
  expect(lines.slice(0, 3)).toEqual([
    'result    validation accuracy 98.0 %, loss 0.0700, the lowest loss, after step 161',
    'last      validation accuracy 97.8 %, loss 0.0724, after step 207',
    'changed   after step 115: --lr 0.01 instead of 0.1',
  ]);
});

it('gives the result of the weights that it names as the model, and the last one beside it', () => {
  const best = { step: 161, monitor: 'accuracy', validationAccuracy: 0.983, validationLoss: 0.08 } as const;
  expect(resultLines({ ...summary, best }, context)).toEqual([
    'result    validation accuracy 98.3 %, loss 0.0800, the best, after step 161',
    'last      validation accuracy 97.8 %, loss 0.0724, after step 230',
    'speed     4,209 images/s, 0:04 in all, 230 steps',
    'model     runs/my run/checkpoints/step-00000161.safetensors',
    "next      npx gradsocket predict 'runs/my run' IMAGE...",
  ]);
  const last = { ...best, step: 230 };
  expect(resultLines({ ...summary, best: last, bestCheckpoint: summary.checkpoint }, context)[0]).toBe(
    'result    validation accuracy 97.8 %, loss 0.0724',
  );
});

it('says why a run ended before its plan did', () => {
  const early = 'stopped early at epoch 10: validation loss did not fall for 3 epochs';
  expect(resultLines({ ...summary, early }, context)[1]).toBe(`ended     ${early}`);
});

it('shows of a run that diverged no figure, only the best model from before', () => {
  expect(resultLines({ ...summary, status: 'diverged' }, context)).toEqual([
    'model     runs/my run/checkpoints/step-00000161.safetensors, the best from before it diverged',
  ]);
  expect(resultLines({ ...summary, status: 'diverged', bestCheckpoint: null }, context)).toEqual([]);
});

it('says how to go on after an interruption, and nothing after a failure, which has its own sentence', () => {
  expect(resultLines({ ...summary, status: 'interrupted' }, context).at(-1)).toBe('resume    RESUME');
  expect(resultLines({ ...summary, status: 'failed' }, context)).toEqual([]);
});

it('counts the images that were left out', () => {
  expect(resultLines({ ...summary, skipped: 3 }, context)[1]).toBe('skipped   3 images that cannot be decoded');
});

it('says what would be faster where nothing but wasm was there', () => {
  expect(resultLines(summary, { ...context, fallback: true }).at(-2)).toMatch(/^faster {4}npx gradsocket setup /);
});

it('writes numbers so that the digits that count are seen', () => {
  const losses = [0, 2.30259, 0.00012345, 3.7039e35, Number.NaN];
  expect(losses.map(lossText)).toEqual(['0.0000', '2.3026', '1.23e-4', '3.70e+35', 'NaN']);
  expect([0.5, 99.6, 12_345].map(rateText)).toEqual(['0.5 images/s', '100 images/s', '12,345 images/s']);
  expect([0, 7.4, 750, 11_045, -3].map(clockText)).toEqual(['0:00', '0:07', '12:30', '3:04:05', '0:00']);
});
