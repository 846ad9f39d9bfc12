import { describe, expect, it } from 'vitest';
import { identityDifferences, jobFingerprint, trainingIdentity } from '../../../src/shared/checkpoint/fingerprint.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';

const job: Job = jobSchema.parse({});
const run = { datasetDigest: 'c'.repeat(64), microbatches: 2 };

describe('jobFingerprint', () => {
  it.each([
    ['epochs', { epochs: 99 }],
    ['steps', { steps: 5 }],
    ['data', { data: '/elsewhere' }],
    ['topology', { topology: 'star' }],
    ['engine', { engine: 'cpu' }],
    ['evalEvery', { evalEvery: 0 }],
    ['checkpointEvery', { checkpointEvery: 3 }],
    ['keepCheckpoints', { keepCheckpoints: 1 }],
  ] as [string, Partial<Job>][])('lets a run go on with other %s', (_, change) => {
    expect(jobFingerprint({ ...job, ...change }, run)).toBe(jobFingerprint(job, run));
    expect(identityDifferences({ ...job, ...change }, job)).toEqual([]);
  });

  it.each([
    ['lr', { lr: 0.125 }],
    ['batch', { batch: 65 }],
    ['seed', { seed: 2 }],
    ['optimizer', { optimizer: 'adam' }],
    ['channels', { channels: [8] }],
    ['momentum', { momentum: 0.8 }],
    ['weightDecay', { weightDecay: 0.1 }],
    ['decayExempt', { decayExempt: 'norm-and-bias' }],
    ['clipNorm', { clipNorm: 2 }],
    ['clipNorm', { clipNorm: null }],
    ['nesterov', { nesterov: true }],
    ['warmupSteps', { warmupSteps: 3 }],
    ['schedule', { schedule: 'step' }],
    ['scheduleEveryEpochs', { scheduleEveryEpochs: 3 }],
    ['labelSmoothing', { labelSmoothing: 0.1 }],
    ['flip', { flip: true }],
    ['cropPadding', { cropPadding: 2 }],
    ['resizedCrop', { resizedCrop: 0.5 }],
    ['jitter', { jitter: 0.1 }],
    ['cutout', { cutout: 4 }],
    ['mixup', { mixup: 0.2 }],
    ['precision', { precision: 'bf16' }],
    ['wire', { wire: 'bf16' }],
    ['imageSize', { imageSize: 48 }],
    ['model', { model: 'resnet18' }],
    ['init', { init: 'zeros' }],
    ['noSkip', { noSkip: true }],
  ] as [string, Partial<Job>][])('does not let a run go on with another %s', (name, change) => {
    expect(jobFingerprint({ ...job, ...change }, run)).not.toBe(jobFingerprint(job, run));
    expect(identityDifferences({ ...job, ...change }, job)).toEqual([name]);
  });

  it.each(['cosine', 'one-cycle', 'polynomial'] as const)('depends on the number of epochs with %s', (schedule) => {
    const ending: Job = { ...job, schedule };
    expect(jobFingerprint({ ...ending, epochs: 99 }, run)).not.toBe(jobFingerprint(ending, run));
  });

  it.each(['constant', 'step', 'multi-step'] as const)(
    'does not depend on the number of epochs with %s',
    (schedule) => {
      const endless: Job = { ...job, schedule };
      expect(jobFingerprint({ ...endless, epochs: 99 }, run)).toBe(jobFingerprint(endless, run));
    },
  );

  it('has no word of shortcuts where there are some, so that runs from before they could be left out go on', () => {
    expect(trainingIdentity(job, run)).not.toHaveProperty('noSkip');
  });

  it('has no word of mixing where nothing is mixed, so that runs from before it go on', () => {
    expect(trainingIdentity(job, run)).not.toHaveProperty('mixup');
  });

  it('does not tell a default from the same value given', () => {
    const given: Job = { ...job, lr: 0.03, momentum: 0.9, weightDecay: 0 };
    expect(jobFingerprint(given, run)).toBe(jobFingerprint(job, run));
    expect(identityDifferences(given, job)).toEqual([]);
  });

  it('does not depend on how large an image may be: the digest of the data says which were too large', () => {
    expect(jobFingerprint({ ...job, maxPixels: 5 }, run)).toBe(jobFingerprint(job, run));
  });

  it('depends on the data and the number of microbatches', () => {
    const prints = [run, { ...run, microbatches: 3 }, { ...run, datasetDigest: 'd'.repeat(64) }].map((of) =>
      jobFingerprint(job, of),
    );
    expect(new Set(prints).size).toBe(3);
  });
});
