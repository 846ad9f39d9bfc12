import { cgroupLimits } from '../../shared/cgroup.ts';
import { bytesOf } from '../../shared/job/options.ts';

/** Of a worker that has all the memory it may want. */
const ENOUGH = 2 ** 30;
/** Of what a control group leaves a worker: the rest is for engine, network and samples on their way. */
const USUAL = 1 / 4;
const MOST = 1 / 2;
const MIB = 2 ** 20;

interface CacheMemory {
  readonly bytes: number;
  /** What is to be said of it; null: nothing, it is as it was asked for. */
  readonly warning: string | null;
}

/**
 * How many bytes each worker keeps decoded images in. `limit`: what the control group leaves all of them together; beyond that the
 * system kills one of them, and what was decoded twice costs time alone.
 */
export function cacheMemoryOf(wanted: string | null, workers: number, limit = cgroupLimits().memory): CacheMemory {
  const share = limit / workers;
  if (wanted === null) return { bytes: Math.floor(Math.min(ENOUGH, share * USUAL)), warning: null };
  const bytes = Math.floor(Math.min(bytesOf(wanted), share * MOST));
  if (bytes === bytesOf(wanted)) return { bytes, warning: null };
  const left = `${mebibytes(share)} that its control group leaves ${workers === 1 ? 'this worker' : 'each worker'}`;
  return {
    bytes,
    warning: `--cache-memory ${wanted} is more than half of the ${left}: ${mebibytes(bytes)} are used. Raise the limit, or lower it.`,
  };
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MiB`;
}
