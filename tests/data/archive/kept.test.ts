import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRoom, use } from '../../../src/data/archive/kept.ts';

const NAMES = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(32));
const [A, B, C, D] = NAMES as [string, string, string, string];
/** Above the number of every process. */
const DEAD = 99_999_999;

let cache: string;
let archives: string;

/** Four of 100 bytes each, used one after the other. */
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'gradsocket kept '));
  archives = join(cache, 'archives');
  for (const [hour, name] of NAMES.entries()) {
    await mkdir(join(archives, name, 'cat'), { recursive: true });
    await writeFile(join(archives, name, 'labels.txt'), 'x'.repeat(40));
    await writeFile(join(archives, name, 'cat', '1.jpg'), 'x'.repeat(60));
    await utimes(join(archives, name), new Date(3600_000 * hour), new Date(3600_000 * hour));
  }
});
afterEach(() => rm(cache, { recursive: true }));

async function usedBy(name: string, host: string, pid: number, at = new Date()): Promise<string> {
  const path = join(cache, 'archives-in-use', `${name}.${host}.${pid}`);
  await mkdir(join(cache, 'archives-in-use'), { recursive: true });
  await writeFile(path, '');
  await utimes(path, at, at);
  return path;
}

describe('unpacked archives', () => {
  it('stay while all together take no more than they may', async () => {
    expect(await makeRoom(archives, 400)).toEqual({ archives: 0, bytes: 0 });
    expect(await readdir(archives)).toEqual(NAMES);
  });

  it('go, the least recently used first, until they do', async () => {
    expect(await makeRoom(archives, 399)).toEqual({ archives: 1, bytes: 100 });
    expect(await makeRoom(archives, 100)).toEqual({ archives: 2, bytes: 200 });
    expect(await readdir(archives)).toEqual([D]);
  });

  it('are used by who opens them', async () => {
    await use(join(archives, A));
    expect(await makeRoom(archives, 0)).toEqual({ archives: 3, bytes: 300 });
    expect(await readdir(archives)).toEqual([A]);
    await rm(join(cache, 'archives-in-use'), { recursive: true });
    await mkdir(join(archives, B));
    await writeFile(join(archives, B, 'x'), 'x');
    await utimes(join(archives, B), new Date(0), new Date(0));
    // No longer held, and still the one that was used last.
    expect(await makeRoom(archives, 100)).toEqual({ archives: 1, bytes: 1 });
    expect(await readdir(archives)).toEqual([A]);
  });

  it('stay while a process reads them, on whatever machine, and no longer', async () => {
    const old = new Date(Date.now() - 31 * 24 * 3600_000);
    await usedBy(A, hostname(), process.pid, old);
    const ended = await usedBy(B, hostname(), DEAD);
    await usedBy(C, 'another.host', DEAD);
    const long = await usedBy(D, 'another.host', DEAD, old);
    expect(await makeRoom(archives, 0)).toEqual({ archives: 2, bytes: 200 });
    expect(await readdir(archives)).toEqual([A, C]);
    const uses = (await readdir(join(cache, 'archives-in-use'))).map((name) => join(cache, 'archives-in-use', name));
    expect(uses).not.toContain(ended);
    expect(uses).not.toContain(long);
  });

  it('are no others’ folders', async () => {
    await mkdir(join(archives, `${A}.host.1.x.tmp`));
    await mkdir(join(archives, 'notes'));
    await makeRoom(archives, 0);
    expect(await readdir(archives)).toEqual([`${A}.host.1.x.tmp`, 'notes']);
  });
});
