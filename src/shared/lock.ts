import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createFolder } from './create-folder.ts';
import { EXIT, GradsocketError } from './errors.ts';
import { isStaleHandle } from './stale-handle.ts';

const ownerSchema = z.object({
  token: z.string(),
  pid: z.int().positive(),
  /** When that process started, in the kernel's ticks; empty where the system does not say. */
  started: z.string(),
  host: z.string(),
  /** In which the number is that process's: containers and machines of one host name have others. Empty where the system does not say. */
  space: z.string().default(''),
  /** When the lock was taken: ISO 8601. */
  since: z.string().default('some time ago'),
});
type Owner = z.infer<typeof ownerSchema>;

/** Who has a lock that one would like to have. */
export type Holder = Pick<Owner, 'pid' | 'host' | 'since'> & {
  /** Milliseconds since its last sign of life. */
  readonly silent: number;
  /** Whether that process still runs can be told from here. */
  readonly here: boolean;
  /** What its lock says. */
  readonly text: string;
};

export interface LockOptions {
  /**
   * After so many milliseconds without a sign of life, the lock of a process on another machine counts as left behind;
   * null: never, as from here nobody can tell whether that process is gone.
   */
  readonly silence?: number | null;
  /** A lock of these words was watched for long enough: whoever left it is gone. */
  readonly watched?: string;
  /** Somebody else has the lock by now, who took this process for gone while it stood still. Called once. */
  readonly onLost?: () => void;
  /** For tests: milliseconds, also while this process stands still. */
  readonly now?: () => number;
  /** For tests: that of this process. */
  readonly space?: string;
  /** For tests: whether a process of this machine, which started then, still runs. */
  readonly alive?: (pid: number, started: string) => boolean;
  /** For tests: milliseconds. */
  readonly writtenMs?: number;
}

const BEAT_MS = 2_000;
const RETRY_MS = 200;
/** So often a network file system may say that what it has just shown is not there: it is looked at anew. */
const STALE_TRIES = 10;
/** A lock without readable content for so long was left by a process that died before it had written any. */
const WRITTEN_MS = 5_000;
/**
 * A process of this machine in another space of numbers, as that of a container before this one, cannot be looked for. Its clock is
 * ours: after so long without a beat it is gone.
 */
const SILENT_MS = 30_000;
/** For so long after a look at it, nobody can have taken the lock from a process that lives. */
const SURE_MS = 10_000;

/** Moves on while a process stands still, whichever of the two clocks does that here. */
const elapsed = (): number => Math.max(Date.now() - performance.timeOrigin, performance.now());

/** All that this process holds: they end with it, however it leaves, short of being killed. */
const held = new Set<FileLock>();
process.on('exit', () => {
  for (const lock of held) lock.release();
});

/** One process at a time: a file that says which. That of a process that is gone is taken over. */
export class FileLock {
  readonly #path: string;
  readonly #text: string;
  readonly #beat: NodeJS.Timeout;
  readonly #onLost: () => void;
  readonly #now: () => number;
  /** When it was last known to be ours. */
  #sure: number;
  #lost = false;

  /** Takes the lock, or says who has it. Makes the folder where it is missing. */
  static async take(path: string, options: LockOptions = {}): Promise<FileLock | Holder> {
    await createFolder(dirname(path));
    const started = startOf(process.pid);
    const { space = spaceOf(), writtenMs = WRITTEN_MS } = options;
    // Counted here: times of files are by another clock, or by this one before it was set back, and may be years ahead.
    let waited = 0;
    for (let staleHandles = 0; ; ) {
      try {
        const since = new Date().toISOString();
        const owner: Owner = { token: randomUUID(), pid: process.pid, started, host: hostname(), space, since };
        const text = JSON.stringify(owner);
        if (create(path, text)) return new FileLock(path, text, options);
        const patient = waited < writtenMs;
        const found = look(path, options, patient);
        if (found === 'gone') continue;
        if (found !== 'being written' && !found.stale) return found.holder;
        if (found !== 'being written' && removeStale(path, found.text, patient)) continue;
        await sleep(RETRY_MS);
        waited += RETRY_MS;
      } catch (error) {
        if (!isStaleHandle(error) || ++staleHandles > STALE_TRIES) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  /** Takes the lock, when whoever has it leaves it: `onWait` is told once who that is. */
  static async wait(
    path: string,
    onWait: (holder: Holder) => void,
    { signal, ...options }: LockOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<FileLock> {
    let told = false;
    for (;;) {
      signal?.throwIfAborted();
      const taken = await FileLock.take(path, options);
      if (taken instanceof FileLock) return taken;
      if (!told) onWait(taken);
      told = true;
      await sleep(RETRY_MS, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  private constructor(path: string, text: string, { onLost = () => undefined, now = elapsed }: LockOptions) {
    this.#path = path;
    this.#text = text;
    this.#onLost = onLost;
    this.#now = now;
    this.#sure = now();
    this.#beat = setInterval(() => void this.#giveSign(), BEAT_MS);
    this.#beat.unref();
    held.add(this);
  }

  /** To be asked before anything is written that whoever else had taken the lock meanwhile would write, too. */
  get isOurs(): boolean {
    return !this.#lost && (this.#now() - this.#sure < SURE_MS || this.#judge(contentOf(this.#path)));
  }

  async #giveSign(): Promise<void> {
    const found = await readFile(this.#path, 'utf8').catch(whyUnread);
    // Of somebody else's lock it would be a false sign of life.
    if (!held.has(this) || !this.#judge(found)) return;
    const now = new Date();
    await utimes(this.#path, now, now).catch(() => undefined);
  }

  #judge(found: Content): boolean {
    if (this.#lost || found === undefined) return !this.#lost;
    // Somebody who was sure that nobody has it may have deleted it. But where this process stood still, that was whoever took it over, and
    // has left it by now: what lies in the folder is not what this process knows of it. Nobody can have left a folder that is gone.
    const nobody = this.#now() - this.#sure < SURE_MS || !existsSync(dirname(this.#path));
    if (found === null && nobody) return this.#makeAgain();
    if (found === this.#text) {
      this.#sure = this.#now();
      return true;
    }
    this.#lost = true;
    clearInterval(this.#beat);
    this.#onLost();
    return false;
  }

  #makeAgain(): boolean {
    try {
      return create(this.#path, this.#text) || this.#judge(contentOf(this.#path));
    } catch {
      return true;
    }
  }

  /** Synchronous, so that it also works while the process leaves. Safe to call twice. */
  release(): void {
    clearInterval(this.#beat);
    if (!held.delete(this)) return;
    try {
      if (contentOf(this.#path) === this.#text) remove(this.#path);
    } catch {
      // It may not be removed: nobody beats it any more.
    }
  }
}

/** What a lock says; null: there is no such file; undefined: it cannot be told now. */
type Content = string | null | undefined;

function whyUnread(error: unknown): null | undefined {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : undefined;
}

function contentOf(path: string): Content {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return whyUnread(error);
  }
}

/**
 * Keeps every other process out of a folder in which this one works.
 *
 * @throws GradsocketError `code`, with the process that works there; system errors where the lock cannot be written
 */
export async function lockFolder(
  file: string,
  {
    code,
    what,
    watch = WATCH,
    ...options
  }: LockOptions & { readonly code: string; readonly what: string; readonly watch?: Watch },
): Promise<FileLock> {
  let taken = await FileLock.take(file, options);
  if (taken instanceof FileLock) return taken;
  if (!taken.here && (await fallsSilent(file, watch))) {
    taken = await FileLock.take(file, { ...options, watched: taken.text });
    if (taken instanceof FileLock) return taken;
  }
  const { pid, host, since, silent } = taken;
  throw new GradsocketError(
    code,
    EXIT.configuration,
    `${dirname(file)} is in use: process ${pid} on ${host} has had ${what} there since ${since}, and gave a sign of life ` +
      `${Math.round(silent / 1000)} s ago. Wait for it, or stop it; what it has finished stays. If there is no such process any more, delete ${file}.`,
  );
}

/** For how long, and how often, to look for signs of life, in milliseconds. */
interface Watch {
  readonly ms: number;
  readonly everyMs: number;
}

const WATCH: Watch = { ms: SILENT_MS, everyMs: 500 };

/**
 * Whether a lock gives no sign of life for long. Of a process of another machine, or in a container before this one, nothing else can
 * be known, and its clock may be another; the file's time moves with each beat all the same.
 */
async function fallsSilent(file: string, { ms, everyMs }: Watch): Promise<boolean> {
  const timeOf = (): number | undefined => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  const first = timeOf();
  if (first === undefined) return true;
  for (let watched = 0; watched < ms; watched += everyMs) {
    await sleep(everyMs);
    const now = timeOf();
    if (now !== first) return now === undefined;
  }
  return true;
}

/** False: there is such a file already. */
function create(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, text);
  } catch (error) {
    // On a full disk: nobody shall wait for what it will never say.
    remove(path);
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}

type Found =
  | 'gone'
  /** By a process that has made the file a moment ago. */
  | 'being written'
  | { readonly holder: Holder; readonly stale: boolean; readonly text: string };

const UNKNOWN = { pid: 0, host: '', since: '', here: false };

/** `patient`: of a lock that says nothing, whoever makes it is waited for, as long as it is new. */
function look(
  path: string,
  { silence = null, watched, space: ours = spaceOf(), alive = isAlive }: LockOptions,
  patient: boolean,
): Found {
  try {
    const text = readFileSync(path, 'utf8');
    const age = Date.now() - statSync(path).mtimeMs;
    const parsed = ownerSchema.safeParse(parseJson(text));
    // Another machine's clock may be ahead.
    const silent = Math.max(0, age);
    if (!parsed.success) {
      return patient && age < WRITTEN_MS
        ? 'being written'
        : { holder: { ...UNKNOWN, silent, text }, stale: true, text };
    }
    const { pid, started, host, space } = parsed.data;
    const limit = host === hostname() ? SILENT_MS : silence;
    const here = host === hostname() && (space === '' || ours === '' || space === ours);
    const stale = here ? !alive(pid, started) : text === watched || (limit !== null && age > limit);
    return { holder: { ...parsed.data, silent, here, text }, stale, text };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw error;
  }
}

/**
 * Removes a lock that was left behind, and never one that somebody took meanwhile: while a stale lock lies there nobody can
 * take the lock, and only whoever made the file beside it may remove the stale one. False: somebody else is at it.
 */
function removeStale(path: string, text: string, patient: boolean): boolean {
  const beside = `${path}.stale`;
  if (!create(beside, String(process.pid))) {
    // What follows takes no time at all: whoever has not done it by now was killed in it.
    const age = Date.now() - (statSync(beside, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (patient && age <= WRITTEN_MS) return false;
    remove(beside);
    return true;
  }
  try {
    if (readFileSync(path, 'utf8') === text) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    remove(beside);
  }
  return true;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** A number alone may be another process's by now: it has to have started then, too. */
function isAlive(pid: number, started: string): boolean {
  const now = startOf(pid);
  if (now !== '') return now === started;
  try {
    process.kill(pid, 0);
    // Where there is /proc, it lists all of ours but those that have died and that nobody has taken note of yet.
    return started === '';
  } catch (error) {
    // Somebody else's process is alive, too, also where /proc hides it (hidepid).
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** With the start of its system: the first space of every machine has the same number, and machines may have the same name. */
function spaceOf(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** From /proc/pid/stat; empty where there is no such process, or it has died and nobody has taken note of it yet. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in brackets and may hold anything, so count from behind it: state is field 3, start 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
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
