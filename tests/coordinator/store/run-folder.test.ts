import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunFolder } from '../../../src/coordinator/store/run-folder.ts';
import { writeFileAtomically } from '../../../src/shared/checkpoint/atomic-file.ts';
import { writeKnownSamples } from '../../../src/shared/checkpoint/known-samples.ts';
import type { GradsocketError } from '../../../src/shared/errors.ts';
import { VirtualDisk } from '../../shared/virtual-disk.ts';

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

it.each([
  ['a link that leads nowhere', 'lost'],
  ['a folder below one', 'lost/run'],
])('%s is refused by the link', async (_, name) => {
  await symlink('/nowhere/runs', join(dir, 'lost'));
  await expect(new RunFolder(join(dir, name)).refuseIfTaken('digits')).rejects.toMatchObject({
    exitCode: 78,
    message: `${join(dir, name)} leads through the link ${join(dir, 'lost')} to /nowhere/runs, which does not exist. Mend that link, or choose another --run-dir.`,
  });
});

it.each([
  ['a name that is too long', () => 'x'.repeat(300), / it is too long for that file system\.$/],
  ['links in a circle', () => 'round', / its symbolic links lead in a circle\.$/],
])('%s is refused before anything else', async (_, name, sentence) => {
  await symlink('round', join(dir, 'round'));
  await expect(new RunFolder(join(dir, name())).refuseIfTaken('digits')).rejects.toMatchObject({
    code: 'CANNOT_WRITE',
    exitCode: 74,
    message: expect.stringMatching(sentence),
  });
});

it.each(['ledger.jsonl', 'metrics.jsonl', 'summary.json', 'samples.json', 'checkpoints/step-00000003.safetensors'])(
  'a new run begins in no folder that holds %s, which it would write over or remove',
  async (name) => {
    await mkdir(join(dir, 'checkpoints'));
    await new RunFolder(dir).refuseIfTaken('digits');
    await writeFile(join(dir, name), 'x');
    await expect(new RunFolder(dir).refuseIfTaken('digits')).rejects.toMatchObject({
      code: 'RUN_EXISTS',
      exitCode: 78,
      message: expect.stringContaining(`holds ${name} and no job.yaml`),
    });
  },
);

it('what a run leaves that ends before it has its job.yaml is in the way of none', async () => {
  const samples = { dataset: 'a'.repeat(64), train: [], validation: [] };
  await writeKnownSamples(join(dir, 'samples.json'), samples);
  await mkdir(join(dir, 'checkpoints'));
  await new RunFolder(dir).refuseIfTaken('digits');
});

it('a folder below a file is refused by name', async () => {
  const file = join(dir, 'file');
  await writeFile(file, '');
  await expect(new RunFolder(join(file, 'run')).refuseIfTaken('digits')).rejects.toMatchObject({
    exitCode: 78,
    message: `${join(file, 'run')} would lie below a file. Name a folder with --run-dir.`,
  });
});

it('is led by one at a time: nobody else is let in before that one leaves, and asking twice changes nothing', async () => {
  const [first, second] = [new RunFolder(dir), new RunFolder(dir)];
  await first.lock();
  const owner = await readFile(join(dir, 'run.lock'), 'utf8');
  await first.lock();
  await expect(second.lock()).rejects.toMatchObject({ code: 'RUN_RUNNING', exitCode: 78 });
  // Whoever was not let in takes nothing away.
  second.unlock();
  expect(await readFile(join(dir, 'run.lock'), 'utf8')).toBe(owner);
  first.unlock();
  await expect(readFile(join(dir, 'run.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  await second.lock();
  expect(await readFile(join(dir, 'run.lock'), 'utf8')).not.toBe(owner);
  second.unlock();
});

it('a folder that cannot be locked is told of by its name', async () => {
  const file = join(dir, 'file');
  await writeFile(file, '');
  await expect(new RunFolder(join(file, 'run')).lock()).rejects.toMatchObject({
    code: 'CANNOT_WRITE',
    exitCode: 74,
    message: expect.stringContaining(join(file, 'run')) as string,
  });
});

/** What a process that was killed leaves of a file that it was writing. */
const leftOf = (file: string) => `.${file}.123e4567-e89b-12d3-a456-426614174000.tmp`;

it('is made with its folders and without what a killed process was writing, and then is on the disk by its name', async () => {
  const disk = new VirtualDisk();
  await disk.makeFolder('/runs');
  const own = ['job.yaml', 'samples.json', 'summary.json', 'generation.key', 'tls-key.pem', 'tls-cert.pem'];
  const others = ['notes.txt', leftOf('notes.txt'), leftOf('x.job.yaml'), 'job.yaml'];
  for (const name of [...own.map(leftOf), ...others]) disk.put(`/runs/a/${name}`, '');
  const before = disk.calls.length;
  await new RunFolder('/runs/a', disk).make();
  expect(await disk.list('/runs/a')).toEqual([...others, 'checkpoints', 'logs'].toSorted());
  const calls = disk.calls.slice(before).map(({ name, path }) => `${name} ${path}`);
  expect(calls.slice(0, 2)).toEqual(['makeFolder /runs/a/checkpoints', 'makeFolder /runs/a/logs']);
  expect(calls.slice(2, -2).toSorted()).toEqual(own.map((file) => `remove /runs/a/${leftOf(file)}`).toSorted());
  expect(calls.slice(-2)).toEqual(['syncFolder /runs/a', 'syncFolder /runs']);
});

it('is made also where the folder above may not be looked into, and not where its own names cannot be kept', async () => {
  for (const [path, code] of [
    ['/runs', null],
    ['/runs/a', 'CANNOT_WRITE'],
  ] as const) {
    const disk = new VirtualDisk();
    disk.fault = (call) => (call.name === 'syncFolder' && call.path === path ? { code: 'EACCES' } : null);
    const folder = new RunFolder('/runs/a', disk);
    const made = folder.make();
    if (code === null) await made;
    else await expect(made).rejects.toMatchObject({ code, exitCode: 74 });
    if (code !== null) await expect(folder.sync()).rejects.toMatchObject({ code, exitCode: 74 });
  }
});
