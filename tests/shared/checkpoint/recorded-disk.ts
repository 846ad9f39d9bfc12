import type * as files from 'node:fs';
import type * as fs from 'node:fs/promises';
import { basename } from 'node:path';

/** What leaves a file as it is. */
const HARMLESS: readonly (string | symbol)[] = ['close', 'stat'];

/** Of the files that are open, by their numbers: those are what is synced. */
const open = new Map<number, string>();

/** A name without what is random in it. */
function nameOf(path: unknown): string {
  return basename(String(path)).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'RANDOM');
}

/**
 * node:fs/promises, with a line in `log` for everything that changes the disk, as it ends. For vi.mock: what is called in
 * which order is all that a power failure leaves of a promise to keep something.
 */
export function recordedDisk(actual: typeof fs, log: string[]): typeof fs {
  const record = (path: unknown, handle: fs.FileHandle): fs.FileHandle => {
    const name = nameOf(path);
    open.set(handle.fd, name);
    return new Proxy(handle, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          const result: unknown = await Reflect.apply(value, target, args);
          if (!HARMLESS.includes(property)) log.push(`${String(property)} ${name}`);
          return result;
        };
      },
    });
  };
  return {
    ...actual,
    open: async (path, ...rest) => record(path, await actual.open(path, ...rest)),
    rename: async (from, to) => {
      await actual.rename(from, to);
      log.push(`rename ${nameOf(from)} ${nameOf(to)}`);
    },
    rm: async (path, options) => {
      await actual.rm(path, options);
      log.push(`rm ${nameOf(path)}`);
    },
  };
}

/** node:fs, whose syncs are lines of the same log. */
export function recordedSyncs(actual: typeof files, log: string[]): typeof files {
  const recorded =
    (word: string, sync: typeof files.fsync): ((fd: number, callback: files.NoParamCallback) => void) =>
    (fd, callback) =>
      sync(fd, (error) => {
        log.push(`${word} ${open.get(fd)}`);
        callback(error);
      });
  return Object.assign({}, actual, {
    fsync: recorded('sync', actual.fsync),
    fdatasync: recorded('datasync', actual.fdatasync),
  });
}
