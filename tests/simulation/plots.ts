import type { Dice } from './dice.ts';
import { drawFaults, type Fault } from './faults.ts';
import { IMPATIENT_JOB } from './jobs.ts';
import type { Scenario } from './scenario.ts';

/** Faults that belong together and meet too seldom by chance, with what they take to meet. */
export function drawPlot(dice: Dice, drawn: Omit<Scenario, 'faults'>): Scenario | null {
  if (drawn.wanted > 1 && dice.chance(0.02)) return orphaned(dice, drawn);
  if (dice.chance(0.015)) return stale(dice, drawn);
  if (dice.chance(0.04)) return impatient(dice, drawn);
  return null;
}

/**
 * The coordinator and the machine of one of several workers are gone at once, and nobody tells the others. It comes back before the
 * worker does, and those that it finds hold more than the newest checkpoint.
 */
function orphaned(dice: Dice, drawn: Omit<Scenario, 'faults'>): Scenario {
  const at = { label: 'engine: committed', nth: drawn.wanted * dice.int(2, 8) };
  const name = dice.pick(drawn.names);
  const power = dice.chance(0.3);
  return {
    ...drawn,
    faults: [
      { at, kind: 'killCoordinator', ms: dice.magnitude(10, 3_000), power, told: !power },
      { at, kind: 'killWorker', name, ms: dice.chance(0.7) ? dice.between(16_000, 40_000) : null, told: false },
    ],
  };
}

/**
 * One worker is cut off while the first generation connects. When it reaches another again, that one is in the next generation, which
 * cannot connect either, and knows a rank of the same number.
 */
function stale(dice: Dice, drawn: Omit<Scenario, 'faults'>): Scenario {
  const first = { label: 'hello', nth: 1 };
  const hole = (at: Fault['at'], from: string, to: string, ms: number): Fault => ({
    at,
    kind: 'hole',
    from,
    to,
    oneWay: false,
    ms,
  });
  return {
    ...drawn,
    topology: 'mesh',
    names: ['a', 'b', 'c', 'd'],
    wanted: 4,
    min: 1,
    max: 4,
    compileMs: dice.magnitude(10, 100),
    faults: [
      hole(first, 'a', 'b', dice.between(20_000, 30_000)),
      hole(first, 'a', 'd', dice.between(7_000, 12_000)),
      hole(first, 'b', 'd', dice.between(18_000, 25_000)),
      // Where the coordinator is, too.
      hole({ label: 'generation', nth: 4 }, 'a', 'c', dice.between(20_000, 30_000)),
    ],
  };
}

/**
 * A run that ends before its plan does: while its workers, who do not know that yet, train on, what they told of it or were sending is
 * lost, with its sender or with the coordinator.
 */
function impatient(dice: Dice, drawn: Omit<Scenario, 'faults'>): Scenario {
  const at = { label: dice.pick(['evaluated', 'state', 'weights', 'evaluate']), nth: drawn.wanted * dice.int(1, 8) };
  const name = dice.pick(drawn.names);
  const ms = dice.magnitude(10, 20_000);
  const fault: Fault = dice.pick([
    { at, kind: 'killCoordinator', ms, power: false, told: true },
    { at, kind: 'killWorker', name, ms, told: true },
    { at, kind: 'break', from: name, to: 'c', which: 'control' },
    { at, kind: 'hole', from: name, to: 'c', oneWay: dice.chance(0.5), ms },
  ]);
  // Past the last step a worker may compute what it likes.
  const others = drawFaults(dice, drawn).filter(({ kind }) => kind !== 'corrupt' && kind !== 'poison');
  return { ...drawn, jobIndex: IMPATIENT_JOB, faults: [fault, ...others] };
}
