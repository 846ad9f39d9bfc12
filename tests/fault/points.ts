import { FAULT_POINTS, type FaultPoint } from '../../src/worker/training/faults.ts';

/** Where in a step a process may be ended; one that is healed takes no part in any. */
export const POINTS = FAULT_POINTS.filter((point): point is Exclude<FaultPoint, 'healing'> => point !== 'healing');
export type Point = (typeof POINTS)[number];

/** The n-th step of drill.ts's job, from 0, at which a fault at this point strikes. */
export function stepAt(point: Point, n: number): number {
  // These count committed steps: after so many a checkpoint is due, and an evaluation.
  if (point === 'checkpointing') return [4, 8, 16][n]!;
  if (point === 'evaluating') return [6, 12, 18][n]!;
  return [2, 7, 13][n]!;
}

/** `npm run test:fault`; else a part that is done in minutes. */
export const ALL_FAULTS = process.env['ALL_FAULTS'] === '1';
