import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJob, conflictIn } from '../../../src/shared/job/checks.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import type { SettingSource } from '../../../src/shared/job/setting-source.ts';

const job = (values: object) => jobSchema.parse(values);

describe('conflictIn', () => {
  it('finds nothing against the defaults', () => {
    expect(conflictIn(job({}), 2)).toBeNull();
  });

  it('says which of batch, microbatches and workers to change, exactly where one is short', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (b, m, w) => {
          const conflict = conflictIn(job({ batch: b, microbatches: m }), w);
          expect(conflict === null).toBe(w <= m && m <= b);
        },
      ),
    );
    expect(conflictIn(job({ batch: 8, microbatches: 16 }), 2)?.message).toBe(
      '--batch 8 leaves some of --microbatches 16 without samples. Raise it to 16 or lower --microbatches.',
    );
    expect(conflictIn(job({ batch: 1 }), 2)?.message).toMatch(/--batch 1 leaves some of --workers 2/);
    expect(conflictIn(job({ batch: 64 }), 4)).toBeNull();
    expect(conflictIn(job({ batch: 64 }), 5)?.message).toBe(
      '--batch 64 is cut into 4 microbatches unless told otherwise, which leaves some of --workers 5 without work. ' +
        'Add --microbatches 5, or lower --workers.',
    );
  });

  it('knows settings that the optimiser or the model does not have', () => {
    expect(conflictIn(job({ optimizer: 'adam', momentum: 0.9 }), null)?.keys).toContain('momentum');
    expect(conflictIn(job({ optimizer: 'adam', momentum: 0 }), null)).toBeNull();
    expect(conflictIn(job({ model: 'resnet18', channels: [8] }), null)?.keys).toContain('channels');
    expect(conflictIn(job({ model: 'resnet18' }), null)).toBeNull();
    expect(conflictIn(job({ model: 'resnet18', batchNorm: true }), null)?.message).toMatch(
      /^--batch-norm is a setting of/,
    );
    expect(conflictIn(job({ model: 'resnet18', kernel: 5 }), null)?.keys).toContain('kernel');
    expect(conflictIn(job({ zeroInitResidual: true }), null)?.message).toContain('is a setting of resnet18');
    expect(conflictIn(job({ model: 'resnet18', zeroInitResidual: true }), null)).toBeNull();
    expect(conflictIn(job({ noSkip: true }), null)?.message).toMatch(/^--no-skip is a setting of resnet18/);
    expect(conflictIn(job({ model: 'resnet18', noSkip: true }), null)).toBeNull();
    expect(conflictIn(job({ model: 'resnet18', noSkip: true, zeroInitResidual: true }), null)?.message).toMatch(
      /^--zero-init-residual lets each block begin as its shortcut, and with --no-skip there is none/,
    );
    expect(conflictIn(job({ weightsSha256: 'a'.repeat(64) }), null)?.keys).toContain('weightsSha256');
  });

  it('knows that bf16 takes the tensorflow engine', () => {
    expect(conflictIn(job({ precision: 'bf16', engine: 'wasm' }), null)?.message).toMatch(/wasm computes in f32 alone/);
    for (const engine of ['auto', 'tensorflow']) {
      expect(conflictIn(job({ precision: 'bf16', engine }), null)).toBeNull();
    }
  });

  it('early stopping goes by evaluations on the way, and --min-delta by early stopping', () => {
    expect(conflictIn(job({ patience: 3 }), null)).toBeNull();
    expect(conflictIn(job({ patience: 3, minDelta: 0.01, monitor: 'loss', evalEvery: 2 }), null)).toBeNull();
    expect(conflictIn(job({ patience: 3, evalEvery: 0 }), null)?.message).toMatch(/--patience 3 counts evaluations/);
    expect(conflictIn(job({ minDelta: 0.01 }), null)?.message).toMatch(/--min-delta 0.01 is a setting of --patience/);
  });

  it('mixes samples where each microbatch has two at least', () => {
    expect(conflictIn(job({ mixup: 0.2 }), 4)).toBeNull();
    expect(conflictIn(job({ mixup: 0.2, batch: 8, microbatches: 4, cutout: 2, labelSmoothing: 0.1 }), 4)).toBeNull();
    expect(conflictIn(job({ batch: 8, microbatches: 8 }), 1)).toBeNull();
    expect(conflictIn(job({ mixup: 0.2, batch: 8, microbatches: 8 }), 1)?.message).toBe(
      '--mixup 0.2 mixes the samples of a microbatch, and --batch 8 in 8 microbatches leaves some with a single one. ' +
        'Raise it to 16, lower --microbatches, or leave --mixup out.',
    );
    expect(conflictIn(job({ mixup: 0.2, batch: 2 }), 1)?.keys).toContain('mixup');
  });

  it.each([-0.1, 33, Number.NaN, '0.2'])('does not take --mixup %s', (mixup) => {
    expect(jobSchema.safeParse({ mixup }).success).toBe(false);
  });

  it('knows that an image is cropped in one way', () => {
    expect(conflictIn(job({ cropPadding: 4, resizedCrop: 0.5 }), null)?.message).toBe(
      '--crop-padding 4 and --resized-crop 0.5 both choose a part of the image. Leave one of them out.',
    );
    expect(conflictIn(job({ cropPadding: 4, flip: true }), null)).toBeNull();
    expect(conflictIn(job({ resizedCrop: 0.5, cutout: 4 }), null)).toBeNull();
  });
});

describe('checkJob', () => {
  const sources = (batch: SettingSource['from'], microbatches: SettingSource['from']) =>
    new Map<string, SettingSource>(
      Object.entries({ batch, microbatches }).map(([key, from]) => [
        key,
        from === 'config'
          ? { from, file: 'job.yaml', line: 1 }
          : from === 'environment'
            ? { from, variable: 'V' }
            : { from },
      ]),
    );
  const wrong = job({ batch: 8, microbatches: 16 });

  it.each([
    ['flag', 'config', 64],
    ['config', 'flag', 64],
    ['config', 'config', 78],
    ['config', 'default', 78],
    ['default', 'environment', 78],
    ['default', 'flag', 64],
  ] as const)('with batch by %s and microbatches by %s exits with %i', (batch, microbatches, exitCode) => {
    expect(() => checkJob(wrong, 2, sources(batch, microbatches))).toThrow(expect.objectContaining({ exitCode }));
  });
});

describe('resolveJob', () => {
  it('fills in what depends on the optimiser, and leaves what was given', () => {
    expect(resolveJob(job({}))).toMatchObject({ lr: 0.03, momentum: 0.9 });
    expect(resolveJob(job({ optimizer: 'adam' }))).toMatchObject({ lr: 0.001, momentum: 0 });
    expect(resolveJob(job({ optimizer: 'rmsprop', lr: 0.1, momentum: 0.5 }))).toMatchObject({ lr: 0.1, momentum: 0.5 });
  });

  it.each([
    [{}, 'glorot_uniform'],
    [{ channels: [8] }, 'glorot_uniform'],
    [{ channels: [8, 8, 8, 8] }, 'he_normal'],
    [{ model: 'resnet18' }, 'he_normal'],
    [{ channels: [8, 8, 8, 8], init: 'zeros' }, 'zeros'],
  ] as const)('begins with values that the depth of %j asks for: %s', (settings, init) => {
    expect(resolveJob(jobSchema.parse(settings)).init).toBe(init);
    const network = buildNetwork(jobSchema.parse(settings), [8, 8, 3], 2);
    expect(network.parameters[0]!.initialiser).toBe(init);
  });
});
