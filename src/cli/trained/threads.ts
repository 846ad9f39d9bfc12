import { availableParallelism } from 'node:os';
import { setThreadEnvironment } from '../../worker/thread-environment.ts';

/** How many threads an engine of this process takes. Call before the engine is loaded, which is when it asks. */
export function useThreads(wanted: number | null): number {
  const threads = wanted ?? availableParallelism();
  setThreadEnvironment(threads);
  return threads;
}
