import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import { type Disk, readIfThere } from '../../shared/disk.ts';
import { metricsIn } from '../progress/history.ts';
import { keptAside } from './kept-aside.ts';
import { linesIn, soundLines } from './line-file.ts';

export interface Metrics {
  readonly lines: readonly unknown[];
  /** What had to be mended, a sentence; null: nothing. */
  readonly mended: string | null;
}

/**
 * The lines of metrics.jsonl. All up to the checkpoint were on the disk, so that what is none among them was damaged by somebody since: it alone
 * is taken out, where otherwise all behind it would be cut off.
 */
export async function mendMetrics(path: string, checkpointStep: number, disk: Disk): Promise<Metrics> {
  const content = await readIfThere(disk, path);
  const { lines, bytes, rest } = linesIn(content, () => true);
  if (rest === 0 || stepsIn(lines) >= checkpointStep || content.indexOf(0x0a, bytes) < 0)
    return { lines, mended: null };
  const name = await keptAside(path, content, disk);
  const sound = soundLines(content);
  await writeFileAtomically(path, sound.map(({ text }) => `${text}\n`).join(''), { disk });
  const mended = `${path} is damaged in line ${lines.length + 1}. It is kept as ${name}; what is whole of it stays.`;
  return { lines: sound.map(({ value }) => value), mended };
}

/** How many steps they tell of. */
export function stepsIn(lines: readonly unknown[]): number {
  return metricsIn(lines).findLast((line) => line.type === 'step')?.step ?? 0;
}
