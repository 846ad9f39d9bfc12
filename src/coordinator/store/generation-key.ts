import { z } from 'zod';
import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import type { Disk } from '../../shared/disk.ts';
import { count, text } from '../../shared/protocol/shared.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';

const stored = z.array(z.object({ generation: count, key: text(256) }));

export interface GenerationKey {
  readonly number: number;
  readonly key: string;
}

/**
 * The keys of the newest generation, and of those before until it is on record, for members that still connect to each other
 * while the coordinator starts again. In a file of their own that only its owner can read: the ledger is a record, to be shown around.
 */
export function writeGenerationKeys(path: string, keys: readonly GenerationKey[], disk: Disk): Promise<void> {
  const content: z.infer<typeof stored> = keys.map(({ number, key }) => ({ generation: number, key }));
  return writeFileAtomically(path, `${JSON.stringify(content)}\n`, { disk, mode: 0o600 });
}

/** Null: there is none of this generation. */
export async function readGenerationKey(path: string, number: number, disk: Disk): Promise<string | null> {
  try {
    const found = stored.parse(JSON.parse(textOfBytes(await disk.read(path))));
    return found.find(({ generation }) => generation === number)?.key ?? null;
  } catch {
    return null;
  }
}
