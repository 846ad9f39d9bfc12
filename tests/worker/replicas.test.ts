import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { smallAssignment } from './support/assignment.ts';
import { finalDigest, history } from './support/history.ts';
import { runToEnd } from './support/local-worker.ts';

const total = 6;

describe('replicas', () => {
  it('hold the same weights whatever the number of workers, of microbatches computed at once, and the history of stops', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('sgd' as const, 'adam' as const, 'adamw' as const, 'rmsprop' as const),
        fc.constantFrom(null, 0.5),
        fc.constantFrom('f32' as const, 'bf16' as const),
        fc.array(
          fc.record({
            workers: fc.integer({ min: 1, max: 7 }),
            drainAt: fc.integer({ min: 0, max: total }),
            abreast: fc.integer({ min: 1, max: 4 }),
          }),
          {
            maxLength: 2,
          },
        ),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 4 }),
        async (microbatches, optimizer, clipNorm, wire, parts, lastWorkers, abreast) => {
          const recipe = { optimizer, clipNorm, schedule: 'cosine', warmupSteps: 2 } as const;
          const assignment = smallAssignment({ microbatches, wire, ...recipe });
          const alone = await runToEnd({ assignment, workers: 1 });
          const others = await history(assignment, [...parts, { workers: lastWorkers, abreast }]);
          expect(finalDigest(others)).toBe(finalDigest(alone));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('differ where the summation order would: other microbatches, other weights', async () => {
    const [two, three] = await Promise.all(
      [2, 3].map((microbatches) => runToEnd({ assignment: smallAssignment({ microbatches }), workers: 1 })),
    );
    expect(finalDigest(two!)).not.toBe(finalDigest(three!));
  });

  it('differ where gradients travel otherwise: as bfloat16, other weights', async () => {
    const [f32, bf16] = await Promise.all(
      (['f32', 'bf16'] as const).map((wire) =>
        runToEnd({ assignment: smallAssignment({ microbatches: 2, wire }), workers: 1 }),
      ),
    );
    expect(finalDigest(f32!)).not.toBe(finalDigest(bf16!));
  });
});
