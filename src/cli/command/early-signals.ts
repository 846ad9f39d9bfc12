import { EXIT } from '../../shared/errors.ts';
import { hangUpMeans } from '../../shared/hang-up.ts';
import { SAVE_SIGNALS } from '../../shared/save-signals.ts';

export interface SignalTarget {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  listenerCount(signal: NodeJS.Signals): number;
}

/**
 * Until a command has answers of its own, and for those that have none: leaves at once, with nothing begun that would have to be
 * finished in order. `launched`: by a launcher, which answers Ctrl-C for its workers.
 */
export function answerEarlySignals(
  target: SignalTarget = process,
  exit: (code: number) => void = (code) => process.exit(code),
  launched = false,
  hangUp: ReturnType<typeof hangUpMeans> = hangUpMeans(),
): void {
  const leaves: readonly NodeJS.Signals[] =
    hangUp === 'leave' ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];
  for (const signal of leaves) {
    target.on(signal, () => {
      if (target.listenerCount(signal) === 1 && !(launched && signal === 'SIGINT')) exit(EXIT.interrupted);
    });
  }
  // Having a listener is what keeps the process alive.
  if (!leaves.includes('SIGHUP')) target.on('SIGHUP', () => undefined);
  for (const signal of SAVE_SIGNALS) target.on(signal, () => undefined);
}
