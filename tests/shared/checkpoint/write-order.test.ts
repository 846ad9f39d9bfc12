import type * as files from 'node:fs';
import type * as fs from 'node:fs/promises';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { writeFileAtomically } from '../../../src/shared/checkpoint/atomic-file.ts';

const log = vi.hoisted(() => [] as string[]);
vi.mock('node:fs/promises', async (original) => {
  const { recordedDisk } = await import('./recorded-disk.ts');
  return recordedDisk(await original<typeof fs>(), log);
});
vi.mock('node:fs', async (original) => {
  const { recordedSyncs } = await import('./recorded-disk.ts');
  return recordedSyncs(await original<typeof files>(), log);
});

it('a file is on the disk before it has its name, and its name is before anybody is told', async () => {
  const root = await mkdtemp(join(tmpdir(), 'gradsocket order '));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'folder'));
  for (const content of ['a', 'b']) {
    log.length = 0;
    await writeFileAtomically(join(root, 'folder', 'file'), content);
    expect(log).toEqual([
      'appendFile .file.RANDOM.tmp',
      'datasync .file.RANDOM.tmp',
      'rename .file.RANDOM.tmp file',
      'sync folder',
    ]);
  }
});
