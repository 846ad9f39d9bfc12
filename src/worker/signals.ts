import { EXIT } from '../shared/errors.ts';
import { hangUpMeans } from '../shared/hang-up.ts';
import { signalCounter } from '../shared/second-signal.ts';

const ignore = () => undefined;

/**
 * The first signal lets this worker leave the run after the running step, the second ends this process at once. A worker
 * that `launch` started leaves what the terminal sends to the children, too, to its parent.
 */
export function listenForSignals(
  interrupt: () => void,
  exit: (code: number) => void,
  launched: boolean,
  hangUp: ReturnType<typeof hangUpMeans> = hangUpMeans(),
  count = signalCounter(),
): () => void {
  const onSignal = (signal: string) => {
    const which = count(signal);
    if (which === 'second') exit(EXIT.interrupted);
    else if (which === 'first') interrupt();
  };
  const onInterrupt = launched ? ignore : onSignal;
  const onHangUp = launched || hangUp === 'nothing' ? ignore : onSignal;
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onHangUp);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onSignal);
    process.off('SIGHUP', onHangUp);
  };
}
