import { expect, it } from 'vitest';
import { fencedDisk } from '../../../src/coordinator/store/fenced-disk.ts';
import type { Disk } from '../../../src/shared/disk.ts';
import { VirtualDisk } from '../../shared/virtual-disk.ts';

/** All that changes something, and what it is called with. */
const CHANGES: readonly [string, (disk: Disk) => Promise<unknown>][] = [
  ['makes a folder', (disk) => disk.makeFolder('/runs/b')],
  ['makes a file', (disk) => disk.open('/runs/new', { fresh: true, mode: 0o600 })],
  ['opens a file', (disk) => disk.open('/runs/old', { fresh: false })],
  ['renames', (disk) => disk.rename('/runs/old', '/runs/other')],
  ['removes', (disk) => disk.remove('/runs/old')],
];

async function disks(): Promise<readonly [VirtualDisk, VirtualDisk]> {
  const pair = [new VirtualDisk({ capacity: 1_000 }), new VirtualDisk({ capacity: 1_000 })] as const;
  for (const disk of pair) {
    await disk.makeFolder('/runs');
    disk.put('/runs/old', 'content');
  }
  return pair;
}

const stateOf = (disk: VirtualDisk) => ({
  calls: [...disk.calls],
  files: ['old', 'new', 'other'].map((name) => [String(disk.contentOf(`/runs/${name}`)), disk.modeOf(`/runs/${name}`)]),
});

it.each(CHANGES)('%s as the disk does, and only as long as nothing speaks against it', async (_, change) => {
  const [real, plain] = await disks();
  let asked = 0;
  await change(fencedDisk(real, () => void asked++));
  await change(plain);
  expect(stateOf(real)).toEqual(stateOf(plain));
  expect(asked).toBe(1);
  const [untouched] = await disks();
  const taken = new Error('taken');
  const fenced = fencedDisk(untouched, () => {
    throw taken;
  });
  const before = stateOf(untouched);
  // Rejects, and throws nothing where it is called.
  await expect(change(fenced)).rejects.toBe(taken);
  expect(stateOf(untouched)).toEqual(before);
});

it('asks before each write to a file that was open before, too, and lets that be synced and closed', async () => {
  const [real] = await disks();
  let isTaken = false;
  const taken = new Error('taken');
  const disk = fencedDisk(real, () => {
    if (isTaken) throw taken;
  });
  const file = await disk.open('/runs/old', { fresh: false });
  await file.append(Buffer.from(' and more'));
  await file.truncate(11);
  const calls = real.calls.length;
  isTaken = true;
  await expect(file.append(Buffer.from('x'))).rejects.toBe(taken);
  await expect(file.truncate(0)).rejects.toBe(taken);
  expect(real.calls).toHaveLength(calls);
  expect(String(real.contentOf('/runs/old'))).toBe('content and');
  // What was written while nobody else was there may come to the disk.
  await file.sync();
  await disk.syncFolder('/runs');
  await file.close();
  expect(real.calls.slice(calls)).toEqual([
    { name: 'sync', path: '/runs/old' },
    { name: 'syncFolder', path: '/runs' },
  ]);
});

it('closes what it opened, whoever writes', async () => {
  const [real] = await disks();
  let closed = 0;
  const file = await real.open('/runs/old', { fresh: false });
  real.open = () => Promise.resolve(Object.assign(file, { close: async () => void closed++ }));
  await (await fencedDisk(real, () => undefined).open('/runs/old', { fresh: false })).close();
  expect(closed).toBe(1);
});

it('reads on, whoever writes', async () => {
  const [real] = await disks();
  const disk = fencedDisk(real, () => {
    throw new Error('taken');
  });
  expect(String(await disk.read('/runs/old'))).toBe('content');
  expect(await disk.list('/runs')).toEqual(['old']);
  expect(await disk.free('/runs')).toBe(993);
});
