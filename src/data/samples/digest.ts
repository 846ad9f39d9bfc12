import { createHash, hash } from 'node:crypto';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import { forEachBounded } from '../files/bounded.ts';
import type { Candidates } from './candidates.ts';
import type { DatasetProgress } from './dataset.ts';
import { type FileState, KnownHashes } from './known-hashes.ts';
import { UnreadableSample } from './unreadable-sample.ts';

/** Files read at once: enough to hide a disk's latency, little enough memory. */
const READS = 4;
/** Files that the system is asked about at once. */
const LOOKS = 16;
const DIGEST_BYTES = 32;
/** Split and label of a sample. */
const HEAD_BYTES = 5;
/** Samples: each by itself would take several times as long. */
const DIGESTED_AT_ONCE = 1000;

/** sha256 of each candidate's bytes; zeros for a file that cannot be read, with the reason. */
export interface Fingerprints {
  readonly hashes: Uint8Array;
  readonly unreadable: ReadonlyMap<number, string>;
}

/** `cacheDir`: where it is kept what files were found to be. */
export async function fingerprint(
  candidates: Candidates,
  cacheDir: string,
  onProgress: (progress: DatasetProgress) => void,
): Promise<Fingerprints> {
  const total = candidates.samples.length;
  const hashes = new Uint8Array(total * DIGEST_BYTES);
  const unreadable = new Map<number, string>();
  const unread: { readonly index: number; readonly state: FileState | null }[] = [];
  let done = 0;
  const isDone = (): void => onProgress({ phase: 'reading', done: ++done, total });
  const known = await KnownHashes.load(cacheDir, candidates.where);
  const now = BigInt(Date.now()) * 1_000_000n;
  await forEachBounded(total, LOOKS, async (index) => {
    const file = candidates.fileOf?.(index) ?? null;
    const state = file === null ? null : await known.stateOf(file);
    const hashed = state === null ? null : known.find(state);
    if (state === null || hashed === null) {
      unread.push({ index, state });
      return;
    }
    hashes.set(hashed, index * DIGEST_BYTES);
    isDone();
  });
  await forEachBounded(unread.length, READS, async (place) => {
    const { index, state } = unread[place]!;
    try {
      const hashed = hash('sha256', await candidates.read(index), 'buffer');
      hashes.set(hashed, index * DIGEST_BYTES);
      if (state !== null) known.note(state, hashed, now);
    } catch (error) {
      // A disk that is away says nothing of the file.
      if (!(error instanceof GradsocketError) || error.exitCode === EXIT.tryAgain) throw error;
      unreadable.set(index, error instanceof UnreadableSample ? error.reason : 'it cannot be read');
    }
    isDone();
  }).catch(async (error: unknown) => {
    // The next try need not read again what this one has read, of a large folder for an hour.
    await known.storeMore();
    throw error;
  });
  await known.store();
  return { hashes, unreadable };
}

/** Over the given candidates in order: split, label and bytes of each. */
export function digestOf(
  { hashes }: Fingerprints,
  samples: Iterable<{ readonly index: number; readonly label: number; readonly split: Split | null }>,
): string {
  const digest = createHash('sha256');
  const block = Buffer.alloc(DIGESTED_AT_ONCE * (HEAD_BYTES + DIGEST_BYTES));
  let filled = 0;
  for (const { index, label, split } of samples) {
    block.writeUInt8(split === null ? 0 : split === 'train' ? 1 : 2, filled);
    block.writeUInt32LE(label, filled + 1);
    block.set(hashOf(hashes, index), filled + HEAD_BYTES);
    filled += HEAD_BYTES + DIGEST_BYTES;
    if (filled < block.length) continue;
    digest.update(block);
    filled = 0;
  }
  return digest.update(block.subarray(0, filled)).digest('hex');
}

export function hashOf(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
}

/** The first bytes of a hash, as a number. */
export function beginningOf(hashes: Uint8Array, index: number): bigint {
  return new DataView(hashes.buffer, hashes.byteOffset).getBigUint64(index * DIGEST_BYTES);
}

/** With which more than one hash begins. */
export function repeatedBeginnings(hashes: Uint8Array): ReadonlySet<bigint> {
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength);
  const beginnings = new BigUint64Array(hashes.length / DIGEST_BYTES);
  for (let index = 0; index < beginnings.length; index++) beginnings[index] = view.getBigUint64(index * DIGEST_BYTES);
  beginnings.sort();
  const repeated = new Set<bigint>();
  for (let index = 1; index < beginnings.length; index++) {
    if (beginnings[index] === beginnings[index - 1]) repeated.add(beginnings[index]!);
  }
  return repeated;
}

/** Reads a candidate again, which must be what it was: everything that was found out about it would be wrong. */
export async function readUnchanged(candidates: Candidates, prints: Fingerprints, index: number): Promise<Uint8Array> {
  const bytes = await candidates.read(index).catch((error: unknown) => {
    const reason = unreadableNow(error);
    throw reason === null ? error : changed(candidates, index, reason, error);
  });
  if (hash('sha256', bytes, 'buffer').equals(hashOf(prints.hashes, index))) return bytes;
  throw changed(candidates, index, 'it has other bytes');
}

/** Of a sample that could be read: why it cannot be any more; null: the error says nothing of it. */
function unreadableNow(error: unknown): string | null {
  if (!(error instanceof GradsocketError) || error.exitCode === EXIT.tryAgain) return null;
  // In an archive's folder, its sentence was written anew.
  const unreadable = [error, error.cause].find((each) => each instanceof UnreadableSample);
  if (unreadable === undefined) return null;
  const isGone = (unreadable.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  return isGone ? 'it is gone' : unreadable.reason;
}

/** To remove the sample would not do: the rest is another dataset, which no run goes on with. */
function changed(candidates: Candidates, index: number, how: string, cause?: unknown): GradsocketError {
  return new GradsocketError(
    'DATA_CHANGED',
    EXIT.badData,
    `${candidates.nameOf(index)} in ${candidates.where} changed since the dataset was opened: ${how}. Bring it back as it was (a run goes on then, with --resume), or start a new run without it.`,
    { cause },
  );
}
