import type * as fs from 'node:fs/promises';
import { basename } from 'node:path';

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
    return new Proxy(handle, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          const result: unknown = await Reflect.apply(value, target, args);
          if (property !== 'close') log.push(`${String(property)} ${name}`);
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
