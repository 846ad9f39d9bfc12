import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { smallAssignment } from './support/assignment.ts';
import { runToEnd, type RunResult } from './support/local-worker.ts';
import type { Assignment } from '../../src/worker/blueprint.ts';

function finalDigest({ coordinator }: RunResult): string {
  const last = Math.max(...coordinator.all('weights').map(({ step }) => step));
  const digests = new Set(
    coordinator
      .all('weights')
      .filter(({ step }) => step === last)
      .map(({ weightsDigest }) => weightsDigest),
  );
  expect(digests.size).toBe(1);
  return [...digests][0]!;
}

/** One run after the other, each with its number of workers, stopped after the given steps and resumed. */
async function history(assignment: Assignment, parts: readonly { workers: number; drainAt?: number | undefined }[]) {
  let resume: { step: number; file: Uint8Array<ArrayBuffer> } | undefined;
  let result: RunResult | undefined;
  for (const { workers, drainAt } of parts) {
    result = await runToEnd({ assignment, workers, drainAt, resume });
    expect(result.verdicts.map(({ exitCode }) => exitCode)).toEqual(result.workers.map(() => 0));
    // None where the run before was complete.
    resume = result.coordinator.checkpoint ?? resume;
  }
  return result!;
}

const total = 6;

describe('replicas', () => {
  it('hold the same weights whatever the number of workers and the history of stops', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('sgd' as const, 'adam' as const, 'rmsprop' as const),
        fc.array(fc.record({ workers: fc.integer({ min: 1, max: 7 }), drainAt: fc.integer({ min: 0, max: total }) }), {
          maxLength: 2,
        }),
        fc.integer({ min: 1, max: 7 }),
        async (microbatches, optimizer, parts, lastWorkers) => {
          const assignment = smallAssignment({ microbatches, optimizer, schedule: 'cosine', warmupSteps: 2 });
          const alone = await runToEnd({ assignment, workers: 1 });
          const others = await history(assignment, [...parts, { workers: lastWorkers }]);
          expect(finalDigest(others)).toBe(finalDigest(alone));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('differ where the summation order would: other microbatches, other weights', async () => {
    const [two, three] = await Promise.all(
      [2, 3].map((microbatches) => runToEnd({ assignment: smallAssignment({ microbatches }), workers: 1 })),
    );
    expect(finalDigest(two!)).not.toBe(finalDigest(three!));
  });
});
