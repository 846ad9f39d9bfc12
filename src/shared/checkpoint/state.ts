import { createHash } from 'node:crypto';
import type { Layout, Span } from '../network/layout.ts';
import { badCheckpoint, readSafetensors, type Tensor, type TensorFile, writeSafetensors } from './safetensors.ts';
import { type StateDigests, stateDigest } from './state-digest.ts';
import { bytesDigest } from './weights-digest.ts';

/** Raised when an older program would misread the file. */
const FORMAT = 'gradsocket.checkpoint.1';

/** What the flat vectors hold, and where. */
export interface StateLayout {
  readonly parameters: Layout;
  readonly buffers: Layout;
  /** Names of the optimizer's vectors, each in the layout of the parameters: `momentum`, ... */
  readonly optimizer: readonly string[];
}

/** All that training changes. May lie in shared memory. */
export interface StateVectors {
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
  /** By the names in the layout. */
  readonly optimizer: ReadonlyMap<string, Float32Array>;
}

/** Where in which run a state belongs. */
export interface StatePosition {
  /** Committed steps: the next step to run. */
  readonly step: number;
  readonly seed: number;
  /** `jobFingerprint` */
  readonly fingerprint: string;
}

/** A checkpoint file whose bytes are whole and unchanged. */
export interface Checkpoint extends StatePosition {
  readonly file: string;
  readonly weightsDigest: string;
  /** null in files of before it was kept. */
  readonly stateDigest: string | null;
  readonly tensors: TensorFile['tensors'];
  /** Everything in the file's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Stands where a digest will, which is as long. */
const UNKNOWN = '0'.repeat(64);

/** The bytes of a checkpoint file. Parameters and buffers under their own names, `optimizer.<moment>.<parameter>`. */
export function encodeState(
  layout: StateLayout,
  vectors: StateVectors,
  position: StatePosition,
  extra: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  return encodeWithDigests(layout, vectors, position, extra).file;
}

/** The same, with the digests of what is in the file: whatever becomes of the vectors while they are hashed, these are true of it. */
export function encodeWithDigests(
  layout: StateLayout,
  vectors: StateVectors,
  position: StatePosition,
  extra: Readonly<Record<string, string>> = {},
): { readonly file: Uint8Array<ArrayBuffer>; readonly digests: StateDigests } {
  const weights = tensorsOf(layout.parameters, vectors.parameters, '');
  const statistics = tensorsOf(layout.buffers, vectors.buffers, '');
  const optimizer = layout.optimizer.flatMap((moment) =>
    tensorsOf(layout.parameters, optimizerVector(vectors, moment), `optimizer.${moment}.`),
  );
  const metadata = {
    ...extra,
    format: FORMAT,
    step: String(position.step),
    seed: String(position.seed),
    fingerprint: position.fingerprint,
    weightsDigest: UNKNOWN,
    stateDigest: UNKNOWN,
    contentDigest: UNKNOWN,
  };
  let digests: StateDigests = { weights: UNKNOWN, statistics: UNKNOWN, optimizer: UNKNOWN };
  const file = writeSafetensors([...weights, ...statistics, ...optimizer], metadata, (copies) => {
    const digestOf = (from: number, to: number) => bytesDigest(copies.slice(from, to).map(({ bytes }) => bytes));
    const [first, second] = [weights.length, weights.length + statistics.length];
    digests = {
      weights: digestOf(0, first),
      statistics: digestOf(first, second),
      optimizer: digestOf(second, copies.length),
    };
    const known = { ...metadata, weightsDigest: digests.weights, stateDigest: stateDigest(digests) };
    // The format has no checksum; with this one a damaged file is found before it is trained on.
    return { ...known, contentDigest: contentDigest(known, copies) };
  });
  return { file, digests };
}

function contentDigest(metadata: Readonly<Record<string, string>>, tensors: Iterable<Tensor>): string {
  const list = [...tensors].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { contentDigest: _, ...rest } = metadata;
  const entries = Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256');
  hash.update(JSON.stringify([entries, list.map(({ name, type, shape }) => [name, type, shape])]));
  for (const { bytes } of list) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Checks that `bytes` are a whole, undamaged checkpoint. `restoreState` then checks that it fits a network.
 *
 * @throws GradsocketError BAD_CHECKPOINT, which names `file`
 */
export function decodeState(bytes: Uint8Array, file: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, file);
  const { format, step, seed, fingerprint, weightsDigest: weights, stateDigest: state } = metadata;
  if (format !== FORMAT) {
    const theirs = format === undefined ? 'names no format' : `has format '${format.slice(0, 60)}'`;
    throw badCheckpoint(file, `it ${theirs}, this program reads '${FORMAT}'`);
  }
  if (!isCount(step) || !isCount(seed)) throw badCheckpoint(file, 'its metadata name no step or no seed');
  if (!isDigest(fingerprint) || !isDigest(weights) || !(state === undefined || isDigest(state)))
    throw badCheckpoint(file, 'its metadata lack a digest');
  if (contentDigest(metadata, tensors.values()) !== metadata['contentDigest']) {
    throw badCheckpoint(file, 'it was changed or damaged after it was written');
  }
  return {
    file,
    step: Number(step),
    seed: Number(seed),
    fingerprint,
    weightsDigest: weights,
    stateDigest: state ?? null,
    tensors,
    metadata,
  };
}

/**
 * Copies a checkpoint's values to where they belong. With an empty `optimizer` in the layout, only parameters and buffers:
 * what predicting needs.
 *
 * @throws GradsocketError BAD_CHECKPOINT where it is that of another network or optimizer
 */
export function restoreState(checkpoint: Checkpoint, layout: StateLayout, into: StateVectors): void {
  const places = [
    ...placesOf(layout.parameters, into.parameters, ''),
    ...placesOf(layout.buffers, into.buffers, ''),
    ...layout.optimizer.flatMap((moment) =>
      placesOf(layout.parameters, optimizerVector(into, moment), `optimizer.${moment}.`),
    ),
  ];
  // All is checked before anything is written: half a state is none.
  const tensors = places.map(({ name, span }) => {
    const tensor = checkpoint.tensors.get(name);
    if (tensor === undefined)
      throw badCheckpoint(checkpoint.file, `it lacks tensor '${name}' of this model or optimizer`);
    if (tensor.type !== 'F32' || tensor.shape.join() !== span.shape.join()) {
      const theirs = `${tensor.type} [${tensor.shape.join(', ')}]`;
      throw badCheckpoint(checkpoint.file, `'${name}' is ${theirs}, this model needs F32 [${span.shape.join(', ')}]`);
    }
    return tensor;
  });
  const expected = new Set(places.map(({ name }) => name));
  for (const name of checkpoint.tensors.keys()) {
    if (expected.has(name) || (layout.optimizer.length === 0 && name.startsWith('optimizer.'))) continue;
    throw badCheckpoint(checkpoint.file, `it holds tensor '${name}', which this model or optimizer does not have`);
  }
  places.forEach(({ bytes }, i) => bytes.set(tensors[i]!.bytes));
}

interface Place {
  readonly name: string;
  readonly span: Span;
  readonly bytes: Uint8Array;
}

function placesOf(layout: Layout, vector: Float32Array, prefix: string): Place[] {
  if (vector.length < layout.length) throw new Error(`A vector of ${vector.length} floats for ${layout.length}`);
  return layout.spans.map((span) => ({
    name: `${prefix}${span.name}`,
    span,
    bytes: new Uint8Array(vector.buffer, vector.byteOffset + 4 * span.offset, 4 * span.size),
  }));
}

function tensorsOf(layout: Layout, vector: Float32Array, prefix: string): Tensor[] {
  return placesOf(layout, vector, prefix).map(({ name, span, bytes }) => ({
    name,
    type: 'F32',
    shape: span.shape,
    bytes,
  }));
}

function optimizerVector(vectors: StateVectors, moment: string): Float32Array {
  const vector = vectors.optimizer.get(moment);
  if (vector === undefined) throw new Error(`No vector for the optimizer's ${moment}`);
  return vector;
}

function isCount(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text));
}

function isDigest(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}
