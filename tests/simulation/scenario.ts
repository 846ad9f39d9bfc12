import { Dice } from './dice.ts';
import { type Fault, drawFaults, drawHolds } from './faults.ts';
import { drawPlot } from './plots.ts';

/** Everything about a history that its seed decides beforehand. */
export interface Scenario {
  readonly seed: number;
  readonly jobIndex: number;
  readonly topology: 'mesh' | 'star';
  /** Names of the workers that are started in the beginning; others may come later. */
  readonly names: readonly string[];
  readonly wanted: number;
  readonly min: number;
  readonly max: number;
  /** Whether control messages become bytes on the way. */
  readonly encoded: boolean;
  /** Milliseconds. */
  readonly latency: number;
  readonly spikes: number;
  /** How many times as long as others a part of a state takes. */
  readonly bulkFactor: number;
  readonly compileMs: number;
  /** Of one microbatch, in milliseconds. */
  readonly pace: number;
  readonly syncMs: number;
  readonly chunkFloats: number;
  /** Bytes of reduced vectors that may wait for one who is healed, however small the state is. */
  readonly leastBound: number;
  readonly faults: readonly Fault[];
}

const WORKER_NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

/** `calm`: without faults. */
export function drawScenario(seed: number, jobs: number, calm = false): Scenario {
  const dice = new Dice(seed, 1);
  const wanted = dice.pick([1, 2, 2, 3, 3, 3, 4, 5]);
  const min = dice.chance(0.5) ? 1 : dice.int(1, wanted);
  const max = Math.min(wanted + (dice.chance(0.3) ? 1 : 0), 6);
  const names = WORKER_NAMES.slice(0, wanted);
  const base = {
    seed,
    jobIndex: dice.below(jobs),
    topology: dice.chance(0.35) ? 'star' : 'mesh',
    names,
    wanted,
    min,
    max,
    encoded: dice.chance(0.25),
    latency: dice.magnitude(0.05, 15),
    spikes: dice.pick([0, 0.01, 0.1]),
    bulkFactor: dice.pick([1, 1, 5, 30]),
    compileMs: dice.magnitude(10, 5_000),
    pace: dice.magnitude(1, 300),
    syncMs: dice.magnitude(0.5, 60),
    chunkFloats: dice.pick([16, 32, 262_144]),
    leastBound: dice.pick([0, 2 ** 20]),
  } as const;
  // With dice of its own: all other histories are what they were before there were plots.
  const plot = calm ? null : drawPlot(new Dice(seed, 5), base);
  if (plot !== null) return plot;
  if (!calm && wanted > 1 && dice.chance(0.05)) return lame(dice, base, jobs);
  const holds = drawHolds(new Dice(seed, 4), base);
  return { ...base, faults: calm ? [] : [...drawFaults(dice, base), ...holds] };
}

/** A run that is long enough for one that is slow to get a smaller share, and one that is. */
function lame(dice: Dice, drawn: Omit<Scenario, 'faults'>, jobs: number): Scenario {
  const base = { ...drawn, jobIndex: jobs - 1, pace: dice.magnitude(300, 2_000) };
  const name = dice.pick(base.names);
  const slow = { at: { event: dice.below(300) }, kind: 'slow', name, factor: dice.between(2, 8), ms: 1e7 } as const;
  return { ...base, faults: [slow, ...(dice.chance(0.5) ? drawFaults(dice, base).slice(0, 2) : [])] };
}
