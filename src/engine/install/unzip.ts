import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

/** Bytes between two reports. */
const TELL_EVERY = 4 << 20;

/**
 * Takes chosen files out of a zip: `place` says where a file goes, or null for files to leave. Returns what was taken.
 * yauzl refuses names with `..` and checks sizes; the archive's own digest was checked before.
 */
export async function unzip(
  archive: string,
  place: (path: string) => string | null,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (done: number) => void } = {},
): Promise<string[]> {
  const taken: string[] = [];
  const zip = await openPromise(archive);
  let done = 0;
  let told = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      options.signal?.throwIfAborted();
      const path = entry.fileName.endsWith('/') ? null : place(entry.fileName);
      if (path === null) continue;
      await mkdir(dirname(path), { recursive: true });
      const from = await zip.openReadStreamPromise(entry);
      from.on('data', (chunk: Buffer) => {
        done += chunk.length;
        if (done - told < TELL_EVERY) return;
        told = done;
        options.onBytes?.(done);
      });
      // The upper half holds the file's Unix mode: programs in a wheel are executable.
      const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
      await pipeline(from, createWriteStream(path, { mode }), ...(options.signal ? [{ signal: options.signal }] : []));
      taken.push(entry.fileName);
    }
  } finally {
    zip.close();
  }
  return taken;
}
