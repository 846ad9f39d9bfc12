import { createReadStream } from 'node:fs';
import { Parser, type ReadEntry } from 'tar';
import { GradsocketError } from '../../shared/errors.ts';
import type { Destination } from './destination.ts';
import { linkInside, LOST, notUtf8 } from './refused-entries.ts';

/** Small files come faster than they are written: how many may wait. */
const WAITING = 64;

/** A tar archive, packed with gzip or not: written as it is read, for what it holds is known only at its end. */
export async function unpackTar(file: string, to: Destination): Promise<void> {
  const writes = new Set<Promise<void>>();
  const failures: Error[] = [];
  const fail = (error: unknown): void => {
    failures.push(error instanceof Error ? error : new Error(String(error)));
  };
  const failed = (): boolean => failures.length > 0;
  const parser = new Parser({ strict: true });
  parser.on('error', fail);
  parser.on('entry', (entry: ReadEntry) => {
    const write = take(entry, to).catch((error: unknown) => {
      fail(error);
      // Whoever does not want it has to let it pass.
      entry.resume();
    });
    writes.add(write);
    void write.then(() => writes.delete(write));
  });
  let ended = false;
  parser.on('end', () => {
    ended = true;
  });
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    if (!parser.write(chunk as Buffer)) await settled(parser, failed);
    // One of them may wait for the next part of the archive; the others only for the disk.
    while (writes.size > WAITING && !failed()) await Promise.race(writes);
    if (failed()) break;
  }
  if (!failed()) {
    parser.end();
    if (!ended) await settled(parser, failed);
  }
  if (!failed()) await Promise.all(writes);
  const [failure] = failures;
  if (failure === undefined) return;
  if (failure instanceof GradsocketError) throw failure;
  const { message } = failure;
  throw to.refused(/truncated|unexpected end/i.test(message) ? 'it is cut short' : `it is damaged (${message})`);
}

async function take(entry: ReadEntry, to: Destination): Promise<void> {
  if (entry.path.includes(LOST)) throw notUtf8(entry.path, to);
  const path = to.placeOf(entry.path);
  if (path === null) {
    entry.resume();
    return;
  }
  switch (entry.type) {
    case 'Directory':
    case 'GNUDumpDir':
      entry.resume();
      return to.makeFolder(path);
    case 'File':
    case 'OldFile':
    case 'ContiguousFile':
      return to.write(path, entry);
    default:
      throw linkInside(entry.path, to);
  }
}

/** Until the parser takes more, has ended, or failed. */
function settled(parser: Parser, failed: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (failed()) return resolve();
    const done = (): void => {
      for (const event of ['drain', 'end', 'error']) parser.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'end', 'error']) parser.on(event, done);
  });
}
