import { z } from 'zod';
import { binary, count, datasetDescription, generation, split, step, text } from './shared.ts';

/** Messages from the coordinator to a worker, on the control and data endpoints. One schema each, tagged by `type`. */

/** Answer to `hello`: who you are and what the job is. */
export const welcome = z.object({
  type: z.literal('welcome'),
  workerId: text(64),
  /** The complete job (see shared/job); checked again by the worker. */
  job: z.record(z.string(), z.unknown()),
  dataset: datasetDescription,
  /** Fixed for the run, also where the job leaves it to the batch. */
  microbatches: z.int().positive(),
  /** Committed steps of the checkpoint that follows in `state` messages; null: start from initial values. */
  resume: z.object({ step, bytes: count }).nullable(),
});

/** Part of the checkpoint to start from. Bulk. */
export const statePart = z.object({ type: z.literal('state'), step, offset: count, total: count, data: binary });

/** A new generation: connect to its members, then answer `connected`. */
export const newGeneration = z.object({
  type: z.literal('generation'),
  generation,
  /** Peers show this key to each other. Fresh for every generation. */
  key: text(128),
  rank: count,
  topology: z.enum(['mesh', 'star']),
  /** In the order of ranks. */
  members: z.array(z.object({ workerId: text(64), name: text(128), address: text(256).nullable() })).min(1),
  /** The first step to run: all members have committed the ones before. */
  step,
});

/** Everybody is connected: run steps until the plan ends or something else is said. */
export const begin = z.object({ type: z.literal('begin'), generation });

/** Commit the running step, then send a checkpoint (rank 0) and `done`. */
export const drain = z.object({ type: z.literal('drain') });

/**
 * Drop the running step, if any, and stop stepping. The worker answers with `weights` for its committed steps; then the
 * coordinator may ask one for `upload`.
 */
export const halt = z.object({ type: z.literal('halt'), generation });

/** Send your state after your last committed step as `state` messages. */
export const upload = z.object({ type: z.literal('upload') });

/** The run is over for this worker: leave with this exit code; `message` is for the person at the terminal. */
export const leave = z.object({ type: z.literal('leave'), exitCode: count, code: text(64), message: text(4096) });

/** Data endpoint: encoded samples, in the order asked for. `last` ends the answer to `id`. */
export const samples = z.object({
  type: z.literal('samples'),
  id: count,
  split,
  items: z.array(z.object({ index: count, label: count, bytes: binary })),
  last: z.boolean(),
});

export const toWorker = z.discriminatedUnion('type', [
  welcome,
  statePart,
  newGeneration,
  begin,
  drain,
  halt,
  upload,
  leave,
  samples,
]);
export type ToWorker = z.infer<typeof toWorker>;
