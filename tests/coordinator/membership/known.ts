import { DEADLINES } from '../../../src/coordinator/membership/deadlines.ts';
import type { Facts, Terms } from '../../../src/coordinator/membership/facts.ts';

export const NOW = 1_000_000;

/** Of a run that has trained for four steps. */
export const facts: Facts = {
  complete: 4,
  early: null,
  newest: 4,
  behind: [],
  handedOver: 3,
  lastHeard: NOW - 10,
  lastPart: Number.NEGATIVE_INFINITY,
  recentStepMs: 100,
  observed: { slices: [], speeds: new Map() },
  pace: { slowestStepMs: 100, untried: false, imagesPerSecond: 1_000, evaluating: 0 },
  dispute: null,
  owed: () => ({ evaluate: false, checkpoint: false }),
  lostEvaluation: () => null,
  missing: () => null,
};

export const terms: Terms = {
  run: 'run-1',
  total: 30,
  workers: { wanted: 2, min: null, max: 2 },
  workersLiveOn: true,
  microbatches: 4,
  job: { topology: 'auto', engine: 'auto', threads: null },
  url: 'ws://127.0.0.1:1',
  deadlines: DEADLINES,
};
