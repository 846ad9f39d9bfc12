import { z } from 'zod';
import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import type { Disk } from '../../shared/disk.ts';
import { count, text } from '../../shared/protocol/shared.ts';

const stored = z.object({ generation: count, key: text(256) });

/**
 * The key of the newest generation, for members that still connect to each other while the coordinator starts again. In a file
 * of its own that only its owner can read: the ledger is a record, to be shown around and kept.
 */
export function writeGenerationKey(path: string, generation: number, key: string, disk: Disk): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify({ generation, key })}\n`, { disk, mode: 0o600 });
}

/** Null: there is none of this generation. */
export async function readGenerationKey(path: string, generation: number, disk: Disk): Promise<string | null> {
  try {
    const found = stored.parse(JSON.parse(String(await disk.read(path))));
    return found.generation === generation ? found.key : null;
  } catch {
    return null;
  }
}
