import type { RunEvent, RunSummary } from '../../coordinator/progress/events.ts';
import { plural } from '../../shared/plural.ts';
import type { Fault, TimedFault } from './spec.ts';

/** What was done, and what it cost. */
export interface DoneFault extends Fault {
  /** Committed steps when it was done. */
  readonly step: number;
  /** False: there was no such process to do it to. */
  readonly done: boolean;
  /** Until the next step was committed; null: none was. */
  readonly costSeconds: number | null;
  /** Steps that were begun or committed before, and were run again. */
  readonly repeated: number;
}

/** Follows a run, and what is done to it. Times are seconds. */
export class ChaosReport {
  /** In the order in which they were done. */
  readonly #entries: { fault: DoneFault; readonly at: number; settled: boolean }[] = [];
  #step = 0;

  did({ kind, rank, seconds }: Fault, done: boolean, now: number): void {
    const fault = { kind, rank, seconds, step: this.#step, done, costSeconds: null, repeated: 0 };
    this.#entries.push({ fault, at: now, settled: false });
  }

  observe(event: RunEvent, now: number): void {
    if (event.type === 'workerLost') this.#lost(event.worker);
    if (event.type === 'generation') {
      // The step that it begins with had been begun before.
      const repeated = Math.max(0, this.#step - event.step) + 1;
      for (const entry of this.#open) entry.fault = { ...entry.fault, repeated };
    }
    if (event.type !== 'step' || event.step <= this.#step) return;
    this.#step = event.step;
    for (const entry of this.#open) {
      entry.fault = { ...entry.fault, costSeconds: now - entry.at };
      entry.settled = true;
    }
  }

  get faults(): readonly DoneFault[] {
    return this.#entries.map(({ fault }) => fault);
  }

  get #open() {
    return this.#entries.filter(({ settled }) => !settled);
  }

  /** A step that was told after what was done had been on its way: what counts is the first one without the worker. */
  #lost(worker: string): void {
    const entry = this.#entries.findLast(({ fault }) => fault.done && `worker-${fault.rank}` === worker);
    if (entry === undefined || entry.fault.repeated > 0) return;
    entry.fault = { ...entry.fault, costSeconds: null };
    entry.settled = false;
  }
}

/** For people. `notReached`: those for which the run ended too soon. */
export function chaosLines(
  faults: readonly DoneFault[],
  notReached: readonly TimedFault[],
  summary: RunSummary | null,
): readonly string[] {
  const done = faults.filter((fault) => fault.done).length;
  const notDone = faults.length - done + notReached.length;
  const digest = summary?.weightsDigest ?? null;
  return [
    ...faults.map((fault) => `chaos     ${faultText(fault)}`),
    ...notReached.map((fault) => `chaos     ${whatOf(fault)}: passed over, the run had ended before`),
    `chaos     ${plural(done, 'fault')} done, ${notDone} passed over; weights ${digest ?? 'not known'}`,
  ];
}

function whatOf({ kind, rank, seconds, step }: TimedFault): string {
  return `${kind} worker-${rank} after step ${step}${seconds === 0 ? '' : `, ${seconds} s`}`;
}

function faultText(fault: DoneFault): string {
  const { done, costSeconds, repeated } = fault;
  const what = whatOf(fault);
  if (!done) return `${what}: passed over, it was not there`;
  const cost = costSeconds === null ? 'no step came after it' : `${costSeconds.toFixed(2)} s to the next step`;
  return `${what}: ${cost}${repeated === 0 ? '' : `, ${plural(repeated, 'step')} run again`}`;
}
