import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunFolder } from '../../../src/coordinator/store/run-folder.ts';
import { writeFileAtomically } from '../../../src/shared/checkpoint/atomic-file.ts';
import type { GradsocketError } from '../../../src/shared/errors.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gradsocket-run-folder-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('nothing is written any more once another process leads the run, whatever was begun before', async () => {
  const folder = new RunFolder(dir);
  const told: GradsocketError[] = [];
  folder.onTaken((error) => told.push(error));
  let time = 0;
  await folder.lock({ now: () => time });
  const ledger = await folder.disk.open(folder.ledgerFile, { fresh: true });
  await ledger.append(Buffer.from('step 1\n'));
  // Stopped for half a minute (a paused container, a virtual machine that moved), in which the other one began.
  await writeFile(join(dir, 'run.lock'), 'of the other');
  time += 40_000;

  const taken = { code: 'RUN_TAKEN', exitCode: 75 };
  await expect(ledger.append(Buffer.from('step 2\n'))).rejects.toMatchObject(taken);
  await expect(ledger.truncate(0)).rejects.toMatchObject(taken);
  await expect(folder.disk.remove(folder.ledgerFile)).rejects.toMatchObject(taken);
  const summary = writeFileAtomically(join(dir, 'summary.json'), '{}', { disk: folder.disk });
  await expect(summary).rejects.toMatchObject(taken);
  await ledger.close();
  folder.unlock();
  expect(told).toMatchObject([taken]);
  expect(await readFile(folder.ledgerFile, 'utf8')).toBe('step 1\n');
  expect(await readFile(join(dir, 'run.lock'), 'utf8')).toBe('of the other');
});

it('a folder below a file is refused by name', async () => {
  const file = join(dir, 'file');
  await writeFile(file, '');
  await expect(new RunFolder(join(file, 'run')).refuseIfTaken('digits')).rejects.toMatchObject({
    exitCode: 78,
    message: `${join(file, 'run')} would lie below a file. Name a folder with --run-dir.`,
  });
});
