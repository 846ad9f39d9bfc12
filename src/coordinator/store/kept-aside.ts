import { basename, dirname, join } from 'node:path';
import { writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import type { Disk } from '../../shared/disk.ts';

/** Keeps what a damaged file of lines holds under another name beside it, which it returns. */
export async function keptAside(path: string, content: Buffer, disk: Disk): Promise<string> {
  const folder = dirname(path);
  const taken = new Set(await disk.list(folder));
  for (let number = 1; ; number++) {
    const name = `${basename(path, '.jsonl')}.damaged-${number}.jsonl`;
    if (taken.has(name)) continue;
    await writeFileAtomically(join(folder, name), content, { disk });
    return name;
  }
}
