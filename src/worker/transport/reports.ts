import type { Vitals } from '../../shared/protocol/shared.ts';
import type { SessionReplica } from './replica.ts';
import type { StepReport } from './step-runner.ts';

/** A step that this worker has committed. */
export function stepMessage(
  generation: number,
  report: StepReport,
  replica: SessionReplica,
  vitals: Vitals | null = null,
) {
  const { step, sums, times, bytesSent, bytesReceived, ownLossSum } = report;
  const { lossSum, correct, samples, gradientNorm } = sums;
  return {
    type: 'step',
    generation,
    step,
    lossSum,
    correct,
    samples,
    learningRate: replica.learningRate(step),
    gradientNorm,
    times,
    bytesSent,
    bytesReceived,
    ...(ownLossSum === null ? {} : { ownLossSum }),
    ...(vitals === null ? {} : { vitals }),
  } as const;
}

/** Digests of what is committed: `digests`, where they were taken already. `engineBusy`: null, unless it answers a halt. */
export function digestsMessage(
  generation: number,
  replica: SessionReplica,
  engineBusy: boolean | null,
  digests = replica.digests(),
) {
  const { weights, statistics, optimizer } = digests;
  return {
    type: 'weights',
    generation,
    step: replica.committed,
    weightsDigest: weights,
    statisticsDigest: statistics,
    optimizerDigest: optimizer,
    engineBusy,
  } as const;
}
