import { EXIT } from '../shared/errors.ts';

const ignore = () => undefined;

/**
 * The first signal lets this worker leave the run after the running step, the second ends this process at once. A worker
 * that `launch` started leaves Ctrl-C, which the terminal sends to the children, too, to its parent.
 */
export function listenForSignals(interrupt: () => void, exit: (code: number) => void): () => void {
  const launched = process.channel !== undefined;
  let asked = false;
  const onSignal = () => {
    if (asked) exit(EXIT.interrupted);
    asked = true;
    interrupt();
  };
  const onInterrupt = launched ? ignore : onSignal;
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onSignal);
  };
}
