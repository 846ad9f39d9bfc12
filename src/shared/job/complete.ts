import type { Job } from './schema.ts';

/** A job in which nothing is left to what happens at the start: what job.yaml holds and what workers are told. */
export type CompleteJob = Job & { readonly microbatches: number };

/**
 * What somebody leaves open who goes on with a run: it was decided when the run began, and written down. So a run goes on as it was
 * begun by a version with other defaults, and one with `--weights` whether the file is still at hand or not.
 */
export function asBegun<J extends Job>(asked: J, begun: Job): J {
  const recipe = {
    init: asked.init ?? begun.init,
    // What was found when the run began.
    lr: typeof asked.lr === 'number' ? asked.lr : begun.lr,
    momentum: asked.momentum ?? begun.momentum,
    weightDecay: asked.weightDecay ?? begun.weightDecay,
    warmupSteps: asked.warmupSteps ?? begun.warmupSteps,
  };
  if (asked.weights === null) return { ...asked, ...recipe };
  return {
    ...asked,
    ...recipe,
    weightsSha256: asked.weightsSha256 ?? begun.weightsSha256,
    colour: asked.colour === 'auto' ? begun.colour : asked.colour,
    resize: asked.resize ?? begun.resize,
    interpolation: asked.interpolation ?? begun.interpolation,
    colourProfile: asked.colourProfile ?? begun.colourProfile,
    normalise: asked.normalise ?? begun.normalise,
  };
}
