import { usableCores } from '../../shared/cgroup.ts';

/** How many threads an engine of this process takes, unless told otherwise: it has the machine to itself. */
export function threadsFor(wanted: number | null): number {
  return wanted ?? usableCores();
}
