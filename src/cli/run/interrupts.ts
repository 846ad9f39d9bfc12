import { hangUpMeans } from '../../shared/hang-up.ts';
import { signalCounter } from '../../shared/second-signal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface InterruptActions {
  /** The first time: finish in order. */
  readonly gently: (reason: string) => void;
  /** After that: leave at once. */
  readonly atOnce: () => void;
}

/** Ctrl-C and its like: asks once, then insists. Returns what takes the handlers away again. */
export function onInterrupt(
  actions: InterruptActions,
  target: NodeJS.EventEmitter = process,
  hangUp: ReturnType<typeof hangUpMeans> = hangUpMeans(),
  count = signalCounter(),
): () => void {
  const handler = (signal: string): void => {
    if (signal === 'SIGHUP' && hangUp === 'nothing') return;
    const which = count(signal);
    if (which === 'second') return actions.atOnce();
    if (which === 'same') return;
    actions.gently(signal === 'SIGINT' ? 'Ctrl-C' : signal === 'SIGHUP' ? 'the terminal hung up' : signal);
  };
  for (const signal of SIGNALS) target.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) target.off(signal, handler);
  };
}
