import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { whyDenied } from '../../shared/denied.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import { isStaleHandle } from '../../shared/stale-handle.ts';
import { asText } from './path-bytes.ts';

/** Before each further try: a server that changes over is back within seconds, and workers have read ahead for about as long. */
const PAUSES_MS = [200, 800, 4000];
/** What network file systems answer while their server or the way to it is away, and disks that stumble. */
const PASSING = new Set([
  'EIO',
  'EREMOTEIO',
  'ETIMEDOUT',
  'EAGAIN',
  'ECONNRESET',
  'ENOTCONN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
]);

/**
 * Reads what lies at a path, again where the disk may only be away for a moment: nobody may take that for what the data are.
 *
 * @throws GradsocketError that says to try later where it stays away
 */
export async function readAgain<T>(
  path: string,
  read: () => Promise<T>,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (const milliseconds of PAUSES_MS) {
    try {
      return await read();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await pause(milliseconds);
  }
  return read().catch((error: unknown) => {
    throw awayIn(path, error) ?? error;
  });
}

/** What an error says of the disk or network of what lies at `path`; null: it says something else. */
export function awayIn(path: string, error: unknown): GradsocketError | null {
  return isPassing(error) ? away(path, error) : null;
}

/** The whole file, so read. */
export function readFileAgain(path: string): Promise<Uint8Array> {
  return readAgain(path, () => readFile(path));
}

/** For `catch`: what counts in the place of what cannot be read, unless that says nothing of it: its disk is away, or this process may open no more files. */
export function unlessAway<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof GradsocketError || exhausted(error) !== null) throw error;
    return otherwise;
  };
}

function isPassing(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false;
  return isStaleHandle(error) || PASSING.has((error as NodeJS.ErrnoException).code ?? '');
}

function away(path: string, error: NodeJS.ErrnoException): GradsocketError {
  const why = whyDenied(error) ?? `its disk or network does not answer (${error.code})`;
  const alone =
    error.code === 'EIO' ? ' If it stays this one alone, its disk has lost it: bring it back from a copy.' : '';
  const sentence = `${asText(path)} cannot be read: ${why}. Once it can be, start this again; a run goes on with --resume.${alone}`;
  return new GradsocketError('DATA_AWAY', EXIT.tryAgain, sentence, { cause: error });
}
