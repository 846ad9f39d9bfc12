import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createFolder } from '../../shared/create-folder.ts';

/** What unpacked archives may take together. The one that was opened last stays, however large. */
export const KEPT_BYTES = 64 * 2 ** 30;
/** A process of another machine that shares the cache cannot be asked whether it goes on. */
const ELSEWHERE_MS = 30 * 24 * 3600 * 1000;

/** Beside the folder of archives: a file for each process that opened one. */
const usesOf = (archives: string): string => join(dirname(archives), 'archives-in-use');

/** This process reads from `folder`, from now on until it ends: nobody removes it meanwhile. */
export async function use(folder: string): Promise<void> {
  const uses = usesOf(dirname(folder));
  try {
    await createFolder(uses);
    await writeFile(join(uses, `${basename(folder)}.${hostname()}.${process.pid}`), '');
    // When it was used last.
    const now = new Date();
    await utimes(folder, now, now);
  } catch {
    // Not unpacked yet, or a cache that can only be read: nobody removes anything from that either.
  }
}

export interface Removed {
  readonly archives: number;
  readonly bytes: number;
}

/** Removes what was used least recently until all together take no more than `most`, but nothing that is in use. */
export async function makeRoom(archives: string, most: number = KEPT_BYTES): Promise<Removed> {
  const found = await Promise.all((await unpackedIn(archives)).map(async (name) => weighed(join(archives, name))));
  const inUse = await namesInUse(usesOf(archives));
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed = { archives: 0, bytes: 0 };
  for (const { folder, bytes } of found.toSorted((a, b) => a.usedMs - b.usedMs)) {
    if (total <= most) break;
    if (inUse.has(basename(folder))) continue;
    // At once, so that nobody finds half of it; what is left of that when this process is killed is swept up later.
    const aside = asideOf(folder);
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true, maxRetries: 5 });
    total -= bytes;
    removed.archives++;
    removed.bytes += bytes;
  }
  return removed;
}

async function unpackedIn(archives: string): Promise<readonly string[]> {
  return (await readdir(archives)).filter((name) => /^[0-9a-f]{32}$/.test(name));
}

async function weighed(folder: string) {
  const { mtimeMs } = await stat(folder);
  return { folder, usedMs: mtimeMs, bytes: await bytesIn(folder) };
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? await bytesIn(path) : (await stat(path)).size;
  }
  return bytes;
}

async function namesInUse(uses: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const file of await readdir(uses).catch(() => [])) {
    const [, name = '', host, pid] = /^([0-9a-f]+)\.(.*)\.(\d+)$/.exec(file) ?? [];
    const path = join(uses, file);
    const goesOn = host === hostname() ? isAlive(Number(pid)) : Date.now() - (await stat(path)).mtimeMs < ELSEWHERE_MS;
    if (goesOn) names.add(name);
    else await rm(path, { force: true });
  }
  return names;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Beside a folder, under a name that says whose it is while it is not yet, or no longer, that folder. */
export function asideOf(folder: string): string {
  return `${folder}.${hostname()}.${process.pid}.${randomUUID()}.tmp`;
}
