const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface InterruptActions {
  /** The first time: finish in order. */
  readonly gently: (reason: string) => void;
  /** After that: leave at once. */
  readonly atOnce: () => void;
}

/** Ctrl-C and its like: asks once, then insists. Returns what takes the handlers away again. */
export function onInterrupt(actions: InterruptActions, target: NodeJS.EventEmitter = process): () => void {
  let asked = false;
  const handler = (signal: string): void => {
    if (asked) return actions.atOnce();
    asked = true;
    actions.gently(signal === 'SIGINT' ? 'Ctrl-C' : signal);
  };
  for (const signal of SIGNALS) target.on(signal, handler);
  return () => {
    for (const signal of SIGNALS) target.off(signal, handler);
  };
}
