import { z } from 'zod';
import { binary, count, datasetDescription, digest, foreignText, generation, split, step, text } from './shared.ts';

/** Messages from the coordinator to a worker, on the control and data endpoints. One schema each, tagged by `type`. */

/** Answer to `hello`: who you are and what the job is. */
const welcome = z.object({
  type: z.literal('welcome'),
  workerId: text(64),
  /** Which run this is: the same after every restart of its coordinator. */
  run: text(64).optional(),
  /** The complete job (see shared/job); checked again by the worker. */
  job: z.record(z.string(), z.unknown()),
  dataset: datasetDescription,
  /** Fixed for the run, also where the job leaves it to the batch. */
  microbatches: z.int().positive(),
  /** Committed steps of the checkpoint that follows in `state` messages; null: start from initial values. */
  resume: z.object({ step, bytes: count }).nullable(),
  /** The run has trained on: the state comes from a worker, in `state` and `reduced`, once this one is `ready`. */
  heal: z.boolean().optional(),
  /** How often this worker was welcomed in this place, with this: `ready` says it again. Absent: it need not. */
  nth: z.int().positive().optional(),
});

/** How far the run's record is on the disk: nothing before that need be told again. */
const recordedFields = {
  /** Every step before this one is in the ledger. */
  steps: count,
  /** Newest step after which an evaluation is recorded; 0: none. */
  evaluated: count,
  /** Newest step of which a checkpoint is on the disk; 0: none. */
  saved: count,
};

/** Answer to a `hello` with `held`: this worker still is a member of the generation. It tells again what is not recorded, and goes on. */
const rejoined = z.object({ type: z.literal('rejoined'), generation, ...recordedFields });

/** More is on the disk. */
const recorded = z.object({ type: z.literal('recorded'), ...recordedFields });

/** Part of the checkpoint to start from, or of the state of the peer that heals this worker. Bulk. */
const statePart = z.object({ type: z.literal('state'), step, offset: count, total: count, data: binary });

/** Part of the reduced vector of `step`, to be applied to the state after `step` committed steps. Bulk. */
const reducedPart = z.object({ type: z.literal('reduced'), step, offset: count, total: count, data: binary });

/** A new generation: connect to its members, then answer `connected`. */
const newGeneration = z.object({
  type: z.literal('generation'),
  generation,
  /** Peers show this key to each other. Fresh for every generation. */
  key: text(128),
  rank: count,
  topology: z.enum(['mesh', 'star']),
  /** In the order of ranks. */
  members: z
    .array(
      z.object({
        workerId: text(64),
        name: foreignText(128),
        address: text(256).nullable(),
        /** As it said in `hello`. */
        fingerprint: digest.optional(),
      }),
    )
    .min(1),
  /** By rank: the first microbatch, and the one behind the last; absent: dealt evenly. */
  microbatches: z.array(z.tuple([count, count])).optional(),
  /** `members` and `microbatches` of many (`deflatedCrowd`), in whose place it is sent to a worker that `inflates`. */
  deflated: binary.optional(),
  /** The first step to run: all members have committed the ones before. */
  step,
});

/** Everybody is connected: run steps until the plan ends or something else is said. */
const begin = z.object({
  type: z.literal('begin'),
  generation,
  /** First evaluate what is committed: that evaluation was lost, or left out. */
  evaluate: z.boolean().optional(),
  /** First send digests and, as rank 0, the state: that checkpoint was lost, or left out. */
  checkpoint: z.boolean().optional(),
});

/** Commit the running step, all together, then stop as after `halt`, and answer as to it. */
const drain = z.object({ type: z.literal('drain') });

/**
 * Drop the running step, if any, and stop stepping. The worker answers with `weights` for its committed steps; then the
 * coordinator may ask it for `upload` or `give`, announce a new generation, or send it away. One that is being healed, and is
 * a member of no generation, answers for what it holds.
 */
const halt = z.object({ type: z.literal('halt'), generation });

/** Send your state after your last committed step as `state` messages. */
const upload = z.object({ type: z.literal('upload') });

/**
 * Send your state after your last committed step for the worker `to`, as `state`; with `follow` then the reduced vector of each
 * step that you commit, as `reduced`, until `cease`. A `give` for the same worker begins anew.
 */
const give = z.object({ type: z.literal('give'), to: text(64), follow: z.boolean() });

/** No more for the worker `to`. */
const cease = z.object({ type: z.literal('cease'), to: text(64) });

/** The run is over for this worker: leave with this exit code; `message` is for the person at the terminal. */
const leave = z.object({
  type: z.literal('leave'),
  exitCode: count,
  code: foreignText(64),
  message: foreignText(4096),
});

/** Data endpoint: encoded samples, in the order asked for. `last` ends the answer to `id`. */
const samples = z.object({
  type: z.literal('samples'),
  id: count,
  split,
  items: z.array(z.object({ index: count, label: count, bytes: binary })),
  last: z.boolean(),
  /** `crcOfSamples` of all this; absent: an older version made none. */
  crc: count.optional(),
});

export const toWorker = z.discriminatedUnion('type', [
  welcome,
  rejoined,
  recorded,
  statePart,
  reducedPart,
  newGeneration,
  begin,
  drain,
  halt,
  upload,
  give,
  cease,
  leave,
  samples,
]);
export type ToWorker = z.infer<typeof toWorker>;
