import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Network } from '../../shared/network/network.ts';
import { oneValueNorm } from '../../shared/network/one-value-norm.ts';
import { stepsPerEpoch, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { plural } from '../../shared/plural.ts';

/**
 * A plan in which some microbatch gives a batch norm one value a channel; null: there is none. PyTorch refuses the same
 * ("Expected more than 1 value per channel when training"), but only once it meets it.
 */
export function singleSamples(network: Network, plan: TrainingPlan): GradsocketError | null {
  const norm = oneValueNorm(network);
  if (norm === null) return null;
  const { samples, batch, microbatches } = plan;
  const full = Math.min(batch, samples);
  const last = samples - (stepsPerEpoch(plan) - 1) * batch;
  const reached = totalSteps(plan) >= stepsPerEpoch(plan);
  const short = [full, ...(reached ? [last] : [])].find((total) => leavesOne(total, microbatches));
  if (short === undefined) return null;
  const which =
    short === batch ? `--batch ${batch}` : `The last batch of an epoch (${short} of ${plural(samples, 'sample')})`;
  const most = Math.floor(short / 2);
  const advice =
    most === 0
      ? `Take another --batch, such as ${batch - 1 > 1 ? batch - 1 : batch + 1}, so that more samples are left for it`
      : `Lower --microbatches to ${most}`;
  return new GradsocketError(
    'ONE_VALUE_NORM',
    EXIT.configuration,
    `${which} in ${plural(microbatches, 'microbatch')} leaves one sample alone, and the images are 1 x 1 at batch norm ${norm}: over one value ` +
      `a channel there is nothing to normalize. ${advice}, or take larger images (--image-size).`,
  );
}

/** Parts differ by one at most; where there are more parts than samples, the ones that are not empty have one. */
function leavesOne(total: number, parts: number): boolean {
  return total > 0 && Math.floor(total / parts) <= 1;
}
