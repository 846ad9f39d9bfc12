import { setTimeout as sleep } from 'node:timers/promises';
import { whyDenied } from '../../shared/denied.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { isStaleHandle } from '../../shared/stale-handle.ts';
import { UnreadableSample } from './unreadable-sample.ts';

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
 * Reads a sample that could be read before, again where the disk may only be away for a moment.
 *
 * @throws GradsocketError that says to try later where it stays away
 */
export async function readAgain(
  read: () => Promise<Uint8Array>,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<Uint8Array> {
  for (const milliseconds of PAUSES_MS) {
    try {
      return await read();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await pause(milliseconds);
  }
  return read().catch((error: unknown) => {
    throw isPassing(error) ? away(error) : error;
  });
}

function isPassing(error: unknown): error is UnreadableSample {
  if (!(error instanceof UnreadableSample) || !(error.cause instanceof Error)) return false;
  return isStaleHandle(error.cause) || PASSING.has((error.cause as NodeJS.ErrnoException).code ?? '');
}

function away(error: UnreadableSample): GradsocketError {
  const why = whyDenied(error.cause) ?? error.reason;
  const sentence = `${error.path} cannot be read any more: ${why}. Once it can be, start this again; a run goes on with --resume.`;
  return new GradsocketError('DATA_AWAY', EXIT.tryAgain, sentence, { cause: error });
}
