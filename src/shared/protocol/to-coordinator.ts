import { z } from 'zod';
import { inspection } from './inspection.ts';
import {
  binary,
  chunkSums,
  count,
  digest,
  float,
  foreignText,
  generation,
  split,
  step,
  stepTimes,
  vitals,
} from './shared.ts';

/** Messages from a worker to the coordinator, on the control and data endpoints. One schema each, tagged by `type`. */

/**
 * `host:port`, over TLS with wss:// before it, and no more than that: peers go where it says. Who has none can only be reached by
 * way of the coordinator.
 */
const peerAddress = z
  .string()
  .max(256)
  .regex(/^(wss?:\/\/)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}$/);

const engineName = z.enum(['tensorflow', 'webgpu', 'wasm', 'cpu']);

/** First message on the control endpoint. */
const hello = z.object({
  type: z.literal('hello'),
  version: count,
  name: foreignText(128),
  /** null: not chosen at the worker, so the job decides; `ready` says which it became. */
  engine: engineName.nullable(),
  /** Empty while the engine is not known. */
  device: foreignText(256),
  /** Of one operation; null: not chosen at the worker, so the job decides. */
  threads: z.int().positive().nullable(),
  /** `host:port` at which peers reach this worker; null: it accepts no connection (star only). */
  address: peerAddress.nullable(),
  /** sha256 of the certificate that it shows peers there, which they then believe; absent: they go by what they trust. */
  fingerprint: digest.optional(),
  /** Of this package, there; absent: it does not say. */
  release: foreignText(64).optional(),
  /** This process has said so before, and has not died since; absent: it has not, or an older version does not say. */
  again: z.boolean().optional(),
  /** It reads a `generation` with `deflated`; absent: it does not, as an older version. */
  inflates: z.boolean().optional(),
  /** What this process still holds of a run, after its control connection was lost; absent: it comes fresh. */
  held: z
    .object({
      /** As `welcome` named the run, and this worker in it. */
      run: foreignText(64),
      workerId: foreignText(64),
      /** The last one it was a member of; 0: of none. */
      generation,
      step,
      /** `stateDigest` after `step` committed steps. */
      digest,
    })
    .optional(),
});

/** The engine is compiled, memory allocated, parameters initialised or restored; `weightsDigest` says which. */
const ready = z.object({
  type: z.literal('ready'),
  step,
  weightsDigest: digest,
  /** What trains here in the end: the job's `auto` or engine, where `hello` named none. */
  engine: engineName,
  device: foreignText(256),
  /** Of one operation. */
  threads: z.int().positive(),
  /** Of a faster engine that is installed there and does not work: why, and what to do. Absent: there is none. */
  broken: foreignText(4096).optional(),
  /** Which `welcome` this answers, as that said; absent: it did not, or an older version does not repeat it. */
  nth: z.int().positive().optional(),
});

/** Every peer of the generation is connected (mesh), or the reduce endpoint is (star). */
const connected = z.object({ type: z.literal('connected'), generation });

/** A step was committed here. Sums are over the global batch, from the reduced vector: equal at every worker. */
const stepReport = z.object({
  type: z.literal('step'),
  generation,
  /** Steps are counted from 0. */
  step,
  lossSum: float,
  correct: z.number().nonnegative(),
  samples: z.number().nonnegative(),
  learningRate: z.number().nonnegative(),
  /** Of the mean gradient, before it was clipped. */
  gradientNorm: float,
  times: stepTimes,
  /** Of the all-reduce, in this step. */
  bytesSent: count,
  bytesReceived: count,
  /** Sum over the samples of this worker's own microbatches; absent: it has none. Tells whose numbers are not finite. */
  ownLossSum: float.optional(),
  /** Now and then. */
  vitals: vitals.optional(),
});

/** This worker's share of an evaluation after `step` committed steps. */
const evaluated = z.object({
  type: z.literal('evaluated'),
  generation,
  step,
  chunks: z.array(chunkSums),
});

/** A look inside the network after a committed step, where the job asks for it. From whoever holds the first microbatch. */
const inspected = z.object({ type: z.literal('inspected'), generation, inspection });

/** Digests of the state after `step` committed steps; the coordinator compares all workers'. */
const weights = z.object({
  type: z.literal('weights'),
  generation,
  step,
  weightsDigest: digest,
  /** Of the running statistics and of the optimizer's state; null, as where it is missing: not compared. */
  statisticsDigest: digest.nullable().default(null),
  optimizerDigest: digest.nullable().default(null),
  /** In the answer to `halt`: whether the engine still worked, on the running step or an evaluation; elsewhere null. */
  engineBusy: z.boolean().nullable(),
});

/** Part of a checkpoint file (safetensors) after `step` committed steps: bytes `offset` .. of `total`. Bulk. */
const statePart = z.object({
  type: z.literal('state'),
  step,
  offset: count,
  total: count,
  /** The worker that is healed with it, as `give` said; absent: it is for the coordinator, which keeps it. */
  to: foreignText(64).optional(),
  data: binary,
});

/** Part of the reduced vector (float32, little-endian) of `step`, for the worker that `give` named. Bulk. */
const reducedPart = z.object({
  type: z.literal('reduced'),
  step,
  offset: count,
  total: count,
  to: foreignText(64),
  data: binary,
});

/** This worker, which is being healed, holds the state after `step` committed steps. */
const healed = z.object({ type: z.literal('healed'), step });

/** This worker wants to leave: let the others commit the running step with it, then go on without it. */
const leaving = z.object({ type: z.literal('leaving') });

/** This worker cannot go on. `code` and `message` as in GradsocketError. */
const failed = z.object({
  type: z.literal('failed'),
  code: foreignText(64),
  exitCode: count,
  message: foreignText(4096),
});

/** A peer's connection broke, or it did not answer, in this generation. */
const peerLost = z.object({ type: z.literal('peerLost'), generation, rank: count, reason: foreignText(1024) });

/** All steps of the plan are committed, evaluations and checkpoints sent. */
const done = z.object({ type: z.literal('done'), step, stopped: z.boolean().optional() });

/** Data endpoint: asks for samples. Answered by one or more `samples` with the same id. */
const fetchSamples = z.object({
  type: z.literal('fetch'),
  id: count,
  split,
  indexes: z.array(count).max(65_536),
});

/** An encoded sample could not be decoded here. */
const badSample = z.object({ type: z.literal('badSample'), split, index: count, reason: foreignText(1024) });

export const toCoordinator = z.discriminatedUnion('type', [
  hello,
  ready,
  connected,
  stepReport,
  evaluated,
  inspected,
  weights,
  statePart,
  reducedPart,
  healed,
  leaving,
  failed,
  peerLost,
  done,
  fetchSamples,
  badSample,
]);
export type ToCoordinator = z.infer<typeof toCoordinator>;
