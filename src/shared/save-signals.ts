/**
 * With these batch systems say that the time of a job is nearly over (Slurm: `--signal=USR1@120`), to whatever runs in it. By itself Node
 * would end at the one, and at the other let everybody of the machine in to debug it.
 */
export const SAVE_SIGNALS = ['SIGUSR1', 'SIGUSR2'] as const satisfies readonly NodeJS.Signals[];

/** Saves what there is by then, and goes on. Returns what takes the handlers away again. */
export function onSaveSignal(save: () => void, target: NodeJS.EventEmitter = process): () => void {
  for (const signal of SAVE_SIGNALS) target.on(signal, save);
  return () => {
    for (const signal of SAVE_SIGNALS) target.off(signal, save);
  };
}
