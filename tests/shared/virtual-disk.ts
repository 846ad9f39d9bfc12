import { basename, dirname } from 'node:path';
import type { Disk, DiskFile } from '../../src/shared/disk.ts';

/** What changes the disk, or was asked of it. */
export interface DiskCall {
  readonly name: 'open' | 'append' | 'truncate' | 'sync' | 'rename' | 'remove' | 'makeFolder' | 'syncFolder';
  readonly path: string;
}

/** What becomes of a call: the system's error, after a part of it is done; or the death of the process in it. */
export type Fault = { readonly code: string } | 'kill' | null;

export interface VirtualDiskOptions {
  /** In bytes. */
  readonly capacity?: number;
  /** Decides when a call is done, and resolves with what it comes to. Left out: at once, in the order of the calls. */
  readonly schedule?: <T>(act: () => T) => Promise<T>;
  /** From 0 to below 1: where writes tear, and what a power failure leaves. */
  readonly random?: () => number;
}

/** The content of a file: what processes see, and what is sure to be there after a power failure. */
class Content {
  bytes: Buffer = Buffer.alloc(0);
  /** On the disk; as far as it is how `bytes` begins, what follows in those may be there, too. */
  synced: Buffer = Buffer.alloc(0);
  mode: number;

  constructor(mode: number) {
    this.mode = mode;
  }

  /** Some of what was not synced, in any order: a part may be missing, another be nothing but zeros. */
  afterPowerCut(random: () => number): Content {
    const { bytes, synced } = this;
    const kept = new Content(this.mode);
    const grown = bytes.length >= synced.length && bytes.subarray(0, synced.length).equals(synced);
    let left = synced;
    if (grown) {
      left = Buffer.from(bytes.subarray(0, synced.length + Math.floor(random() * (bytes.length - synced.length + 1))));
      if (random() < 0.3) left.fill(0, synced.length + Math.floor(random() * (left.length - synced.length + 1)));
    } else if (random() < 0.5) left = Buffer.from(bytes);
    kept.bytes = left;
    kept.synced = left;
    return kept;
  }
}

/**
 * A disk in memory, as treacherous as one may be: what is not synced may be lost in a power failure, a name is only there for
 * sure once its folder is synced, writes tear, calls fail, and a process dies in any of them. The same calls come to the same.
 */
export class VirtualDisk implements Disk {
  /** All that changed something, in order. */
  readonly calls: DiskCall[] = [];
  /** Asked for each call with its number, from 0. */
  fault: (call: DiskCall, number: number) => Fault = () => null;
  readonly #options: VirtualDiskOptions;
  readonly #random: () => number;
  #names = new Map<string, Content>();
  /** By folder: the names that are sure to be in it. */
  #synced = new Map<string, Map<string, Content>>();
  #folders = new Set<string>(['/']);
  #killed = false;
  #tellDeath: () => void = () => undefined;
  /** Resolves when the process that works on it dies; none of its calls comes back after that. */
  readonly death = new Promise<void>((resolve) => {
    this.#tellDeath = resolve;
  });

  constructor(options: VirtualDiskOptions = {}) {
    this.#options = options;
    this.#random = options.random ?? (() => 0.5);
  }

  kill(): void {
    this.#killed = true;
    this.#tellDeath();
  }

  /** The same disk for the next process, after this one is dead: all that it wrote is there. */
  afterKill(): VirtualDisk {
    this.kill();
    const next = new VirtualDisk(this.#options);
    next.#names = new Map(this.#names);
    next.#synced = new Map([...this.#synced].map(([folder, names]) => [folder, new Map(names)]));
    next.#folders = new Set(this.#folders);
    return next;
  }

  /** The same after a power failure. */
  afterPowerCut(): VirtualDisk {
    this.kill();
    const next = new VirtualDisk(this.#options);
    next.#folders = new Set(this.#folders);
    const after = new Map<Content, Content>();
    const contentOf = (content: Content): Content => {
      let found = after.get(content);
      if (found === undefined) {
        found = content.afterPowerCut(this.#random);
        after.set(content, found);
      }
      return found;
    };
    for (const folder of this.#folders) {
      const sure = this.#synced.get(folder) ?? new Map<string, Content>();
      const kept = new Map<string, Content>();
      for (const path of new Set([...sure.keys(), ...this.#within(folder).keys()])) {
        // Each name that was not synced is there or not, whatever became of the others.
        const content = this.#random() < 0.5 ? this.#names.get(path) : sure.get(path);
        if (content !== undefined) kept.set(path, contentOf(content));
      }
      next.#synced.set(folder, kept);
      for (const [path, content] of kept) next.#names.set(path, content);
    }
    return next;
  }

  /** What processes see; null: no such file. For tests to look at and to damage. */
  contentOf(path: string): Buffer | null {
    return this.#names.get(path)?.bytes ?? null;
  }

  modeOf(path: string): number | null {
    return this.#names.get(path)?.mode ?? null;
  }

  put(path: string, content: string | Uint8Array): void {
    const file = new Content(0o666);
    file.bytes = Buffer.from(content as Uint8Array);
    file.synced = file.bytes;
    this.#names.set(path, file);
    this.#syncNames(dirname(path));
  }

  open(path: string, { fresh, mode = 0o666 }: { readonly fresh: boolean; readonly mode?: number }): Promise<DiskFile> {
    return this.#change({ name: 'open', path }, () => {
      if (!this.#folders.has(dirname(path))) throw systemError('ENOENT', path);
      let content = this.#names.get(path);
      if (content !== undefined && fresh) throw systemError('EEXIST', path);
      if (content === undefined) {
        content = new Content(mode);
        this.#names.set(path, content);
      }
      return this.#fileOf(path, content);
    });
  }

  read(path: string): Promise<Buffer> {
    return this.#look(() => {
      const content = this.#names.get(path);
      if (content === undefined) throw systemError('ENOENT', path);
      return Buffer.from(content.bytes);
    });
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#look(() => {
      if (!this.#folders.has(folder)) throw systemError('ENOENT', folder);
      const below = [...this.#folders].filter((path) => path !== '/' && dirname(path) === folder);
      return [...this.#within(folder).keys(), ...below].map((path) => basename(path)).toSorted();
    });
  }

  free(): Promise<number | null> {
    const { capacity } = this.#options;
    return this.#look(() => (capacity === undefined ? null : capacity - this.#used()));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change({ name: 'rename', path: from }, () => {
      const content = this.#names.get(from);
      if (content === undefined) throw systemError('ENOENT', from);
      this.#names.delete(from);
      this.#names.set(to, content);
    });
  }

  remove(path: string): Promise<void> {
    return this.#change({ name: 'remove', path }, () => void this.#names.delete(path));
  }

  /** Folders are there for good once they are made: whoever makes one syncs nothing into it before it is. */
  makeFolder(path: string): Promise<void> {
    return this.#change({ name: 'makeFolder', path }, () => {
      for (let folder = path; !this.#folders.has(folder); folder = dirname(folder)) this.#folders.add(folder);
    });
  }

  syncFolder(path: string): Promise<void> {
    return this.#change({ name: 'syncFolder', path }, () => {
      if (!this.#folders.has(path)) throw systemError('ENOENT', path);
      this.#syncNames(path);
    });
  }

  #syncNames(folder: string): void {
    this.#synced.set(folder, this.#within(folder));
  }

  #within(folder: string): Map<string, Content> {
    return new Map([...this.#names].filter(([path]) => dirname(path) === folder));
  }

  #used(): number {
    return [...this.#names.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #fileOf(path: string, content: Content): DiskFile {
    return {
      append: (bytes) => {
        const add = (count: number): void => {
          content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, count)]);
        };
        return this.#change(
          { name: 'append', path },
          () => {
            const room = (this.#options.capacity ?? Number.POSITIVE_INFINITY) - this.#used();
            add(Math.min(bytes.length, room));
            if (room < bytes.length) throw systemError('ENOSPC', path);
          },
          () => add(Math.floor(this.#random() * bytes.length)),
        );
      },
      truncate: (length) =>
        this.#change({ name: 'truncate', path }, () => {
          content.bytes = Buffer.from(content.bytes.subarray(0, length));
        }),
      sync: () =>
        this.#change({ name: 'sync', path }, () => {
          content.synced = content.bytes;
        }),
      close: () => this.#look(() => undefined),
    };
  }

  /** `half`: what a call has done that fails, or in which the process dies. */
  #change<T>(call: DiskCall, act: () => T, half: () => void = () => undefined): Promise<T> {
    return this.#look(() => {
      const fault = this.fault(call, this.calls.length);
      this.calls.push(call);
      if (fault === null) return act();
      half();
      if (fault !== 'kill') throw systemError(fault.code, call.path);
      this.kill();
      return NEVER;
    });
  }

  async #look<T>(act: () => T | typeof NEVER): Promise<T> {
    if (!this.#killed) {
      const schedule = this.#options.schedule ?? (async <R>(run: () => R): Promise<R> => run());
      const done = await schedule(() => (this.#killed ? NEVER : act()));
      if (done !== NEVER && !this.#killed) return done;
    }
    return new Promise<T>(() => undefined);
  }
}

const NEVER = Symbol('the process is dead');

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code });
}
