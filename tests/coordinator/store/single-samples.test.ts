import { describe, expect, it } from 'vitest';
import { singleSamples } from '../../../src/coordinator/store/single-samples.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import type { TrainingPlan } from '../../../src/shared/plan/schedule.ts';

const JOB = jobSchema.parse({ batchNorm: true, channels: [2, 2, 2, 2], dense: 2 });
const PLAN: TrainingPlan = {
  samples: 1000,
  batch: 64,
  microbatches: 4,
  epochs: 2,
  maxSteps: null,
  evalEvery: 0,
  checkpointEvery: null,
};
/** Of 1 x 1 at its fourth batch norm. */
const small = buildNetwork(JOB, [8, 8, 1], 10);
const sentence = (plan: Partial<TrainingPlan>, network = small) =>
  singleSamples(network, { ...PLAN, ...plan })?.message ?? null;

describe('microbatches of one sample before a batch norm of 1 x 1 images', () => {
  it('are refused in full batches', () => {
    expect(sentence({})).toBeNull();
    expect(sentence({ microbatches: 32 })).toMatch(/^The last batch of an epoch \(40 of 1,000 samples\) .* to 20,/);
    expect(sentence({ microbatches: 33 })).toMatch(/^--batch 64 in 33 microbatches .* batch norm bn4: .* to 32,/);
    expect(sentence({ microbatches: 64 })).not.toBeNull();
  });

  it('are refused in the short last batch of an epoch, where the run comes to it', () => {
    expect(sentence({ samples: 64 * 3 + 5 })).toMatch(
      /\(5 of 197 samples\) in 4 microbatches .* Lower --microbatches to 2,/,
    );
    expect(sentence({ samples: 64 * 3 + 5, maxSteps: 3 })).toBeNull();
    expect(sentence({ samples: 64 * 3 + 8 })).toBeNull();
    expect(sentence({ samples: 65, microbatches: 1 })).toMatch(
      /\(1 of 65 samples\) .* Take another --batch, such as 63,/,
    );
    // More parts than samples: the others are empty.
    expect(sentence({ samples: 64 * 3 + 2 })).not.toBeNull();
  });

  it('are fine where nothing is normalised over one value', () => {
    const plan = { microbatches: 64 };
    expect(sentence(plan, buildNetwork(JOB, [16, 16, 1], 10))).toBeNull();
    expect(sentence(plan, buildNetwork({ ...JOB, batchNorm: false }, [8, 8, 1], 10))).toBeNull();
    expect(sentence(plan, buildNetwork({ ...JOB, freeze: 'bn4' }, [8, 8, 1], 10))).toBeNull();
    expect(sentence(plan, buildNetwork({ ...JOB, freeze: 'bn3' }, [8, 8, 1], 10))).not.toBeNull();
  });
});
