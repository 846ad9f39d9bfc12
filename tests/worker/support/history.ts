import { expect } from 'vitest';
import type { Assignment } from '../../../src/worker/assignment/blueprint.ts';
import { type RunResult, runToEnd } from './local-worker.ts';

/** On which all workers agreed at the end. */
export function finalDigest({ coordinator }: RunResult): string {
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
export async function history(
  assignment: Assignment,
  parts: readonly { workers: number; drainAt?: number | undefined; abreast?: number | undefined }[],
): Promise<RunResult> {
  let resume: { step: number; file: Uint8Array<ArrayBuffer> } | undefined;
  let result: RunResult | undefined;
  for (const { workers, drainAt, abreast } of parts) {
    result = await runToEnd({ assignment, workers, drainAt, resume, abreast });
    expect(result.verdicts.map(({ exitCode }) => exitCode)).toEqual(result.workers.map(() => 0));
    // None where the run before was complete.
    resume = result.coordinator.checkpoint ?? resume;
  }
  return result!;
}
