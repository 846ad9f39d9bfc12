import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import type { Disk } from '../../shared/disk.ts';
import { keptAside } from './kept-aside.ts';
import { belongsBefore, type LedgerHead, type LedgerLine, newestGeneration } from './ledger-lines.ts';

export interface MendOptions {
  readonly path: string;
  /** As it is. */
  readonly content: Buffer;
  readonly head: LedgerHead;
  readonly lines: readonly (LedgerLine | undefined)[];
  /** Of the checkpoint that the run goes on from. */
  readonly steps: number;
  readonly disk: Disk;
}

/**
 * Keeps a ledger that does not reach its checkpoint under another name, which it returns, and puts one in its place that begins at
 * the checkpoint: of the same run, with its changes of course, and beyond every number that a generation had. It can be proven
 * then only from there on that every sample counts once.
 */
export async function mendLedger({ path, content, head, lines, steps, disk }: MendOptions): Promise<string> {
  const aside = await keptAside(path, content, disk);
  const changes = lines.filter((line) => line?.type === 'change' && belongsBefore(line, steps));
  const newest = newestGeneration(lines);
  const generation = newest && { type: 'generation', generation: newest.generation, steps };
  const anew = [{ ...head, firstStep: steps }, ...changes, ...(generation === null ? [] : [generation])];
  await writeFileAtomically(path, anew.map((line) => `${JSON.stringify(line)}\n`).join(''), { disk });
  return aside;
}
