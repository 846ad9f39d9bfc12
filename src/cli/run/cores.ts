import { usableCores } from '../../shared/cgroup.ts';

/** How many cores each of so many workers on this machine may use, unless told otherwise. */
export function coresOf(wanted: number | null, workers: number): number {
  return wanted ?? Math.max(1, Math.floor(usableCores() / workers));
}
