import { LIMITS } from '../shared/protocol/limits.ts';

/** Of one worker: for control, for samples, and for gradients where they go through the coordinator. */
const OF_A_WORKER = 3;

/** How many connections a coordinator takes that so many workers train at: they, as many spares, and whoever looks at the run. */
export function connectionsFor(workers: number): number {
  return Math.max(LIMITS.connections, 2 * workers * OF_A_WORKER + LIMITS.viewers);
}
