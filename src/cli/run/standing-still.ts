/** What a process does to itself. */
export interface Itself extends NodeJS.EventEmitter {
  readonly pid: number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/**
 * Ctrl-Z and `fg` mean the workers, too, which a terminal does not reach in sessions of their own: they stand still before this process
 * does, and go on after it; left to themselves they would train on. Returns what takes that away again.
 */
export function standStillTogether(tell: (signal: NodeJS.Signals) => void, itself: Itself = process): () => void {
  const stop = (): void => {
    tell('SIGSTOP');
    itself.kill(itself.pid, 'SIGSTOP');
  };
  const goOn = (): void => tell('SIGCONT');
  itself.on('SIGTSTP', stop);
  itself.on('SIGCONT', goOn);
  return () => {
    itself.off('SIGTSTP', stop);
    itself.off('SIGCONT', goOn);
  };
}
