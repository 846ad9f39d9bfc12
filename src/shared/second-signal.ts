/** Two within so many milliseconds are one: `timeout` sends its signal to the program and to its group, and so may npm, and what runs jobs. */
const ONE_MS = 250;

/**
 * Says of each signal whether it is the first, that one once more, or a second one, which somebody sent who will not wait. A
 * hang-up never insists: terminal, shell and system may each send one, and one beside another signal.
 */
export function signalCounter(
  now: () => number = () => performance.now(),
): (signal: string) => 'first' | 'same' | 'second' {
  let first: number | null = null;
  return (signal) => {
    if (first === null) {
      first = now();
      return 'first';
    }
    return signal === 'SIGHUP' || now() - first < ONE_MS ? 'same' : 'second';
  };
}
