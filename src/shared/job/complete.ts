import type { Job } from './schema.ts';

/** A job in which nothing is left to what happens at the start: what job.yaml holds and what workers are told. */
export type CompleteJob = Job & { readonly microbatches: number };

/**
 * What somebody leaves open who goes on with a run that began with `--weights`: the run took it from the file, wrote it down,
 * and has it from there, whether the file is still at hand or not.
 */
export function asBegun<J extends Job>(asked: J, begun: Job): J {
  if (asked.weights === null) return asked;
  return {
    ...asked,
    weightsSha256: asked.weightsSha256 ?? begun.weightsSha256,
    colour: asked.colour === 'auto' ? begun.colour : asked.colour,
    resize: asked.resize ?? begun.resize,
    interpolation: asked.interpolation ?? begun.interpolation,
    colourProfile: asked.colourProfile ?? begun.colourProfile,
    normalise: asked.normalise ?? begun.normalise,
  };
}
