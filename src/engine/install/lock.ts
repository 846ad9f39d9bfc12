import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createFolder } from '../../shared/create-folder.ts';

const ownerSchema = z.object({
  token: z.string(),
  pid: z.int().positive(),
  /** When that process started, in the kernel's ticks: a pid alone may be somebody else's by now. */
  started: z.string(),
  host: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

const BEAT_MS = 2_000;
/** A holder on another machine that has not touched its lock for so long is gone. */
const SILENT_MS = 30_000;
const RETRY_MS = 200;

/**
 * One process at a time. The lock spares work and disk; it is not what keeps an installation whole (a staging folder
 * of one's own and a rename are), so the rare double holder after a stale lock was taken over does no harm.
 */
export class FileLock {
  readonly #path: string;
  readonly #token: string;
  readonly #beat: NodeJS.Timeout;

  static async acquire(
    path: string,
    signal: AbortSignal | undefined,
    onWait: (pid: number) => void,
  ): Promise<FileLock> {
    await createFolder(dirname(path));
    const owner: Owner = { token: randomUUID(), pid: process.pid, started: startOf(process.pid), host: hostname() };
    let told = false;
    for (;;) {
      signal?.throwIfAborted();
      if (await create(path, owner)) return new FileLock(path, owner.token);
      const holder = await readHolder(path);
      if (holder === 'gone') continue;
      if (holder.stale) {
        await removeStale(path, holder.text);
        continue;
      }
      if (!told) onWait(holder.pid);
      told = true;
      await sleep(RETRY_MS, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
    this.#beat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, BEAT_MS);
    this.#beat.unref();
  }

  /** Synchronous, so that it also works while the process leaves. */
  release(): void {
    clearInterval(this.#beat);
    try {
      if (readFileSync(this.#path, 'utf8').includes(this.#token)) unlinkSync(this.#path);
    } catch {
      // Gone already: nothing to release.
    }
  }
}

/** The file appears with its content or not at all: written aside, then linked, which fails where one exists. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const aside = `${path}.${owner.token}`;
  await writeFile(aside, JSON.stringify(owner));
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(aside);
  }
}

async function readHolder(path: string): Promise<'gone' | { pid: number; stale: boolean; text: string }> {
  try {
    const [text, { mtimeMs }] = [await readFile(path, 'utf8'), await stat(path)];
    const parsed = ownerSchema.safeParse(parseJson(text));
    const silent = Date.now() - mtimeMs > SILENT_MS;
    if (!parsed.success) return { pid: 0, stale: silent, text };
    const { pid, started, host } = parsed.data;
    return { pid, stale: host === hostname() ? startOf(pid) !== started : silent, text };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw error;
  }
}

/** Moves the lock away, looks at what was moved, and puts it back if a new holder's was caught. */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = `${path}.stale.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== staleText) await link(aside, path).catch(() => undefined);
  await unlink(aside);
}

/** Field 22 of /proc/pid/stat; empty where there is no such process. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in brackets and may hold anything, so count from behind it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
