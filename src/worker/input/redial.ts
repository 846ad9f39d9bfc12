import { setTimeout as sleep } from 'node:timers/promises';
import { GradsocketError } from '../../shared/errors.ts';
import { pauseBefore, REACH_AGAIN } from '../../shared/link/back-off.ts';
import type { WorkerChannel } from '../../shared/link/channel.ts';

/** How a data connection is opened, and opened again. */
export interface Redial {
  readonly connect: (signal: AbortSignal) => Promise<WorkerChannel>;
  /** Rejects once the signal says so. For tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 up to 1. For tests. */
  readonly random?: () => number;
}

/**
 * A connection, however long that takes; the `first` one only as long as nobody answers. Later anything may answer where the
 * coordinator was: nobody, a proxy, the coordinator before its dataset is open. None of it means that it will not come back.
 */
export async function openLater(
  { connect, pause = (ms, signal) => sleep(ms, undefined, { signal }), random = Math.random }: Redial,
  which: 'first' | 'again',
  signal: AbortSignal,
): Promise<WorkerChannel> {
  for (let attempt = 0; ; attempt++) {
    // One that came back may have been ended for a reason that lasts: not even the first attempt is made at once.
    if (attempt > 0 || which === 'again') await pause(pauseBefore(attempt, REACH_AGAIN, random()), signal);
    try {
      return await connect(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (which === 'first' && !mayMend(error)) throw error;
    }
  }
}

function mayMend(error: unknown): boolean {
  return error instanceof GradsocketError && (error.code === 'UNREACHABLE' || error.code === 'NO_ENDPOINT');
}
