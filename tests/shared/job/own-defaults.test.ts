import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/shared/job/config.ts';
import { jobToYaml } from '../../../src/shared/job/document.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { ownDefaults, withoutOwnDefaults } from '../../../src/shared/job/own-defaults.ts';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';

const fields = fieldsOf(jobSchema);
const digest = 'a'.repeat(64);

/** The keys of a file that count for a job with such `--weights`. */
function kept(job: Partial<Job>, weights: string | null = job.weights ?? null): readonly string[] {
  const complete = jobToYaml(resolveJob(jobSchema.parse(job)));
  return [...withoutOwnDefaults(parseConfig(complete, 'job.yaml', fields), weights, {}).values.keys()];
}

describe('what follows from the choices of a file', () => {
  it.each(['sgd', 'adam', 'adamw', 'rmsprop'] as const)(
    'is left out of the complete job of a run with %s',
    (optimizer) => {
      const left = new Set(kept({ optimizer }));
      expect(fields.map(({ key }) => key).filter((key) => !left.has(key))).toEqual([
        'init',
        'lr',
        'momentum',
        'weightDecay',
        'warmupSteps',
      ]);
    },
  );

  it('is no value that differs from it, nor a setting whose default is the same for all', () => {
    expect([...ownDefaults({ optimizer: 'sgd', lr: 0.001, momentum: 0, weightDecay: 0.01, batch: 64 })]).toEqual([]);
    expect([...ownDefaults({ optimizer: 'adam', lr: 0.001, momentum: 0, weightDecay: 0.01 })]).toEqual([
      'lr',
      'momentum',
    ]);
    expect([...ownDefaults({ batch: 4, microbatches: 2 })]).toEqual(['microbatches']);
    expect([...ownDefaults({ batch: 256, microbatches: 2 })]).toEqual([]);
    // Without an optimiser of its own it is the default one.
    expect([...ownDefaults({ lr: 0.03, workers: 3 })]).toEqual(['lr']);
  });

  it('is the digest of the weights, where others are asked for', () => {
    const job = { weights: '/models/a.safetensors', weightsSha256: digest };
    expect(kept(job)).toContain('weightsSha256');
    expect(kept(job, '/models/../models/a.safetensors')).toContain('weightsSha256');
    expect(kept(job, '/models/b.safetensors')).not.toContain('weightsSha256');
    expect(kept(job, null)).not.toContain('weightsSha256');
  });
});
