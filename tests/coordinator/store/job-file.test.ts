import { resolve } from 'node:path';
import { identityDifferences } from '../../../src/shared/checkpoint/fingerprint.ts';
import { asBegun, type CompleteJob } from '../../../src/shared/job/complete.ts';
import { describe, expect, it } from 'vitest';
import { completeJob, resumedJob } from '../../../src/coordinator/store/job-file.ts';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const JOB = resolveJob(jobSchema.parse({}));
const LEFT_OPEN = jobSchema.parse({});

describe('the job of a new run', () => {
  it('names its files from the root, so that another working directory means the same ones', () => {
    const { data, weights } = completeJob({ ...JOB, data: 'pets', weights: 'models/a.safetensors' });
    expect([data, weights]).toEqual([resolve('pets'), resolve('models/a.safetensors')]);
  });

  it('tells the bundled digits from a folder of that name', () => {
    expect(completeJob({ ...JOB, data: 'digits' }).data).toBe('digits');
    expect(completeJob({ ...JOB, data: './digits' }).data).toBe(resolve('digits'));
  });
});

describe('the job of a resumed run', () => {
  it('may differ in what does not touch the steps', () => {
    const stored = completeJob(JOB);
    const asked = {
      ...JOB,
      epochs: 99,
      steps: 7,
      engine: 'cpu',
      topology: 'star',
      evalEvery: 5,
      keepCheckpoints: 9,
      data: '/elsewhere',
    } as const;
    expect(resumedJob(stored, asked)).toMatchObject({
      epochs: 99,
      steps: 7,
      engine: 'cpu',
      microbatches: 4,
      lr: JOB.lr,
    });
  });

  it.each([
    ['seed', 2, /--seed was 1 .* cannot become 2/],
    ['momentum', 0.5, /only --lr, --schedule and its settings, --warmup-steps and --clip-norm may change/],
    ['batch', 32, /--batch was 64/],
    ['microbatches', 3, /--microbatches was 4/],
    ['labelSmoothing', 0.1, /--label-smoothing was 0/],
    ['channels', [8], /--channels was 32,64,128/],
    ['noSkip', true, /--no-skip was false .* cannot become true/],
    ['optimizer', 'adam', /--optimizer was sgd|--lr was/],
  ] as const)('may not differ in %s, which is named', (key, value, sentence) => {
    expect(() => resumedJob(completeJob(JOB), { ...JOB, [key]: value })).toThrow(sentence);
  });

  it('keeps what it was begun with where that is left open, also by a version with other defaults', () => {
    const open = { ...JOB, init: null, lr: null, momentum: null, weightDecay: null, warmupSteps: null };
    const defaults = { init: 'glorot_uniform', lr: 0.03, momentum: 0.9, weightDecay: 0, warmupSteps: 0, clipNorm: 1 };
    expect(completeJob(open)).toMatchObject(defaults);
    const before: CompleteJob = {
      ...completeJob(open),
      init: 'he_normal',
      lr: 0.5,
      momentum: 0.8,
      weightDecay: 0.1,
      warmupSteps: 7,
    };
    expect(resumedJob(before, open)).toEqual(before);
    expect(identityDifferences(before, asBegun(open, before))).toEqual([]);
  });

  it('may take another course from here on: another rate, schedule, warm-up or clipping', () => {
    const course = { lr: 0.003, schedule: 'step', scheduleEveryEpochs: 4, warmupSteps: 9, clipNorm: 1 } as const;
    expect(resumedJob(completeJob(JOB), { ...JOB, ...course })).toMatchObject(course);
    const cosine = { schedule: 'cosine', epochs: 40 } as const;
    expect(resumedJob(completeJob(JOB), { ...JOB, ...cosine })).toMatchObject(cosine);
  });

  it('may not get another end where the schedule depends on it', () => {
    const cosine = { ...JOB, schedule: 'cosine' } as const;
    expect(() => resumedJob(completeJob(cosine), { ...cosine, epochs: 11 })).toThrow(
      '--epochs was 20 when this run began and cannot become 11: --schedule cosine goes by where the run ends. ' +
        'Leave it as it was, or go on with another schedule, such as --schedule constant.',
    );
    const on = { ...cosine, schedule: 'constant', epochs: 31 } as const;
    expect(resumedJob(completeJob(cosine), on)).toMatchObject({ schedule: 'constant', epochs: 31 });
  });

  it.each([null, 'auto', 'tensorflow'] as const)('keeps its threads where TensorFlow may compute (%s)', (engine) => {
    const run = { ...JOB, engine: engine ?? JOB.engine };
    expect(() => resumedJob(completeJob(run), { ...run, threads: 2 })).toThrow(/--threads was 1 .* cannot become 2/);
    const two = completeJob({ ...run, threads: 2 });
    expect(() => resumedJob(two, { ...run, threads: 1 })).toThrow(/--threads was 2 .* cannot become 1/);
    expect(resumedJob(two, { ...run, threads: 2 }).threads).toBe(2);
    expect(resumedJob(completeJob(run), { ...run, threads: 1 }).threads).toBe(1);
  });

  it('may have other threads where they decide nothing, or where it is not known which it had', () => {
    const wasm = { ...JOB, engine: 'wasm' } as const;
    expect(resumedJob(completeJob(wasm), { ...wasm, threads: 2 }).threads).toBe(2);
    expect(resumedJob(completeJob(JOB), { ...JOB, threads: 2 }, false).threads).toBe(2);
  });

  it('takes a default for what it stands for', () => {
    expect(resumedJob(completeJob(JOB), LEFT_OPEN)).toEqual(resumedJob(completeJob(LEFT_OPEN), JOB));
  });

  it('keeps the digest of its weights, which it wrote down itself, unless another is asked for', () => {
    const asked = { ...JOB, weights: '/a.safetensors' };
    const stored = { ...completeJob(asked), weightsSha256: 'a'.repeat(64) };
    expect(resumedJob(stored, asked)).toEqual(stored);
    expect(() => resumedJob(stored, { ...asked, weightsSha256: 'b'.repeat(64) })).toThrow(/--weights-sha256 was aaaa/);
  });

  it('keeps how its weights want images prepared, where nobody says otherwise', () => {
    const asked = { ...JOB, weights: '/a.safetensors' };
    const prepared = {
      colour: 'rgb',
      resize: '256:224',
      interpolation: 'bilinear',
      colourProfile: 'ignore',
      normalise: 'imagenet',
    } as const;
    const stored = { ...completeJob(asked), ...prepared };
    expect(resumedJob(stored, asked)).toEqual(stored);
    expect(() => resumedJob(stored, { ...asked, resize: 'squash' })).toThrow(/--resize was 256:224 .* become squash/);
    expect(() => resumedJob(stored, { ...asked, weights: null })).toThrow(/cannot become/);
  });
});
