import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { bytesText } from './bytes-text.ts';
import { pathAdvice } from './path-advice.ts';

/** Why a file that somebody named cannot be read. `reason` continues `FILE cannot be read: `. */
export class UnreadableFile extends Error {
  readonly reason: string;
  /** The system's, such as ENOENT; null: it has none. */
  readonly code: string | null;

  constructor(reason: string, code: string | null = null, options?: { readonly cause?: unknown }) {
    super(reason, options);
    this.name = 'UnreadableFile';
    this.reason = reason;
    this.code = code;
  }
}

/** Of settings, secrets and certificates: whatever is longer was not meant. */
export const MOST_TEXT = 4 * 2 ** 20;
/** Of weights: no buffer that is read in one piece holds more. */
export const MOST_WEIGHTS = 2 ** 31 - 1;
const CHUNK = 2 ** 16;
/** How long somebody who writes into a pipe is waited for. Whoever is there may take any time. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 20;
/** Not on every system. */
const WITHOUT_WAITING = constants.O_NONBLOCK ?? 0;

/**
 * The bytes of a file that somebody named, `most` at most. Of pipes too, as a shell hands them over (`<(...)`); a device, a folder
 * or a socket is none.
 *
 * @throws UnreadableFile
 */
export async function readGivenFile(
  path: string,
  most: number,
  patienceMs: number = PATIENCE_MS,
): Promise<Buffer<ArrayBuffer>> {
  // To open a pipe whose other end is closed would keep a thread that no signal ends.
  const file = await open(path, constants.O_RDONLY | WITHOUT_WAITING).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error, path);
  });
  try {
    const kind = await file.stat();
    if (kind.isDirectory()) throw new UnreadableFile('it is a folder');
    if (kind.isSocket()) throw new UnreadableFile('it is a socket');
    if (!kind.isFile() && !kind.isFIFO()) throw new UnreadableFile('it is a device');
    if (kind.size > most) throw tooLong(kind.size, most);
    return await contentOf(file, most, kind.isFIFO() ? patienceMs : null);
  } catch (error) {
    throw error instanceof UnreadableFile ? error : unreadable(error as NodeJS.ErrnoException, path);
  } finally {
    await file.close();
  }
}

/**
 * The same as text: UTF-8, with or without the mark in front that some editors write.
 *
 * @throws UnreadableFile
 */
export async function readGivenText(path: string, most: number = MOST_TEXT, patienceMs?: number): Promise<string> {
  return textIn(await readGivenFile(path, most, patienceMs));
}

/** @throws UnreadableFile */
export function textIn(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new UnreadableFile('it is UTF-16, as some editors and PowerShell write it. Save it as UTF-8');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UnreadableFile('it is no text in UTF-8', null, { cause: error });
  }
}

/** Files of /proc say that they are empty, and pipes say nothing: what is there is read until it ends. */
async function contentOf(file: FileHandle, most: number, patienceMs: number | null): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer<ArrayBuffer>[] = [];
  let length = 0;
  const begun = performance.now();
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const bytesRead = await file.read(chunk, 0, CHUNK, null).then(
      (read) => read.bytesRead,
      (error: NodeJS.ErrnoException) => {
        // There is a writer, and nothing from it yet.
        if (error.code === 'EAGAIN') return null;
        throw error;
      },
    );
    if (bytesRead === 0 && (patienceMs === null || length > 0)) return Buffer.concat(chunks);
    if (bytesRead === 0 && performance.now() - begun > patienceMs!) {
      throw new UnreadableFile(`it is a pipe, and nobody wrote into it in ${patienceMs! / 1000} s`);
    }
    if (bytesRead === null || bytesRead === 0) {
      await pause(LOOK_AGAIN_MS);
      continue;
    }
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
    if (length > most) throw tooLong(null, most);
  }
}

/**
 * All that comes from a stream, `most` bytes at most.
 *
 * @throws UnreadableFile
 */
export async function readGivenStream(stream: AsyncIterable<Uint8Array>, most: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) throw tooLong(null, most);
  }
  return Buffer.concat(chunks);
}

function tooLong(size: number | null, most: number): UnreadableFile {
  const has = size === null ? 'it has no end in sight' : `it has ${bytesText(size)}`;
  return new UnreadableFile(`${has}, and ${bytesText(most)} is the most that is read`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'there is no such file: a part of its path is a file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its links go round in circles',
  ENAMETOOLONG: 'its name is too long for this system',
  ENXIO: 'it is a socket, or a device that is not there',
  ERR_INVALID_ARG_VALUE: 'no file has such a name',
  EIO: 'the disk does not give it (EIO)',
};

function unreadable(error: NodeJS.ErrnoException, path: string): UnreadableFile {
  const { code = null } = error;
  if (code === 'EMFILE' || code === 'ENFILE') throw error;
  return new UnreadableFile(systemReason(error, path), code, { cause: error });
}

/** What the system has against a path, to go on from `FILE cannot be read: `. */
export function systemReason({ code = '', message }: NodeJS.ErrnoException, path: string): string {
  if (code === 'ENOENT') return `there is no such file${pathAdvice(path)}`;
  return REASONS[code] ?? `the system says ${code === '' ? message : code}`;
}
