import { createHash, hash } from 'node:crypto';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import { forEachBounded } from '../files/bounded.ts';
import type { Candidates } from './candidates.ts';
import type { DatasetProgress } from './dataset.ts';
import { UnreadableSample } from './unreadable-sample.ts';

/** Files read at once: enough to hide a disk's latency, little enough memory. */
const READS = 4;
const DIGEST_BYTES = 32;

/** sha256 of each candidate's bytes; zeros for a file that cannot be read, with the reason. */
export interface Fingerprints {
  readonly hashes: Uint8Array;
  readonly unreadable: ReadonlyMap<number, string>;
}

export async function fingerprint(
  candidates: Candidates,
  onProgress: (progress: DatasetProgress) => void,
): Promise<Fingerprints> {
  const total = candidates.samples.length;
  const hashes = new Uint8Array(total * DIGEST_BYTES);
  const unreadable = new Map<number, string>();
  let done = 0;
  await forEachBounded(total, READS, async (index) => {
    try {
      hashes.set(hash('sha256', await candidates.read(index), 'buffer'), index * DIGEST_BYTES);
    } catch (error) {
      if (!(error instanceof GradsocketError)) throw error;
      unreadable.set(index, error instanceof UnreadableSample ? error.reason : 'it cannot be read');
    }
    onProgress({ phase: 'reading', done: ++done, total });
  });
  return { hashes, unreadable };
}

/** Over the given candidates in order: split, label and bytes of each. */
export function digestOf(
  { hashes }: Fingerprints,
  samples: Iterable<{ readonly index: number; readonly label: number; readonly split: Split | null }>,
): string {
  const digest = createHash('sha256');
  const head = new DataView(new ArrayBuffer(5));
  for (const { index, label, split } of samples) {
    head.setUint8(0, split === null ? 0 : split === 'train' ? 1 : 2);
    head.setUint32(1, label, true);
    digest.update(new Uint8Array(head.buffer));
    digest.update(hashOf(hashes, index));
  }
  return digest.digest('hex');
}

export function hashOf(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
}

/** Reads a candidate again, which must be what it was: everything that was found out about it would be wrong. */
export async function readUnchanged(candidates: Candidates, prints: Fingerprints, index: number): Promise<Uint8Array> {
  const bytes = await candidates.read(index);
  if (hash('sha256', bytes, 'buffer').equals(hashOf(prints.hashes, index))) return bytes;
  throw new GradsocketError(
    'DATA_CHANGED',
    EXIT.badData,
    `${candidates.nameOf(index)} in ${candidates.where} has other bytes than when the dataset was opened: data must not ` +
      'change while it is used. Bring it back as it was.',
  );
}
