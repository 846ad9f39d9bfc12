import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { digest } from '../protocol/shared.ts';
import { textOfBytes } from '../text-of-bytes.ts';
import { writeFileAtomically } from './atomic-file.ts';

/** Enough to tell any two samples apart, and half as much to keep. */
const BYTES = 16;

/** samples.json: which samples a run trains on and which it holds out. */
const stored = z.object({
  /** Of the dataset with its split, as in the checkpoints. */
  dataset: digest,
  /** What stands for a sample: the first bytes of the sha256 of its own, one after the other, in base64. */
  hash: z.literal('sha256/16'),
  train: z.base64(),
  validation: z.base64(),
});

/** By `sampleKey`. */
export interface KnownSamples {
  readonly dataset: string;
  readonly train: ReadonlySet<string>;
  readonly validation: ReadonlySet<string>;
}

/** Stands for the bytes of a sample, of which it takes the sha256. */
export function sampleKey(sha256: Uint8Array): string {
  return Buffer.from(sha256.subarray(0, BYTES)).toString('latin1');
}

/** `train` and `validation`: keys, in order. */
export async function writeKnownSamples(
  path: string,
  samples: { readonly dataset: string; readonly train: Iterable<string>; readonly validation: Iterable<string> },
): Promise<void> {
  const text = (keys: Iterable<string>): string => Buffer.from([...keys].join(''), 'latin1').toString('base64');
  const content: z.infer<typeof stored> = {
    dataset: samples.dataset,
    hash: 'sha256/16',
    train: text(samples.train),
    validation: text(samples.validation),
  };
  await writeFileAtomically(path, `${JSON.stringify(content)}\n`);
}

/** Null where there is no such file, as of runs of version 0.1.0, or none that can be read. */
export async function readKnownSamples(path: string): Promise<KnownSamples | null> {
  try {
    const { dataset, train, validation } = stored.parse(JSON.parse(textOfBytes(await readFile(path))));
    return { dataset, train: keysIn(train), validation: keysIn(validation) };
  } catch {
    return null;
  }
}

function keysIn(base64: string): ReadonlySet<string> {
  const all = Buffer.from(base64, 'base64').toString('latin1');
  const keys = new Set<string>();
  for (let start = 0; start < all.length; start += BYTES) keys.add(all.slice(start, start + BYTES));
  return keys;
}
