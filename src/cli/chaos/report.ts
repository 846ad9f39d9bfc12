import type { RunEvent, RunSummary } from '../../coordinator/progress/events.ts';
import { plural } from '../ui/text.ts';
import type { Fault } from './spec.ts';

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

interface Open {
  readonly fault: DoneFault;
  readonly at: number;
}

/** Follows a run, and what is done to it. Times are seconds. */
export class ChaosReport {
  readonly #closed: DoneFault[] = [];
  #open: Open[] = [];
  #step = 0;

  did({ kind, rank, seconds }: Fault, done: boolean, now: number): void {
    const fault = { kind, rank, seconds, step: this.#step, done, costSeconds: null, repeated: 0 };
    this.#open.push({ fault, at: now });
  }

  observe(event: RunEvent, now: number): void {
    if (event.type === 'generation') {
      // The step that it begins with had been begun before.
      const repeated = Math.max(0, this.#step - event.step) + 1;
      this.#open = this.#open.map(({ fault, at }) => ({
        fault: { ...fault, repeated: Math.max(fault.repeated, repeated) },
        at,
      }));
    }
    if (event.type !== 'step' || event.step <= this.#step) return;
    this.#step = event.step;
    for (const { fault, at } of this.#open) this.#closed.push({ ...fault, costSeconds: now - at });
    this.#open = [];
  }

  get faults(): readonly DoneFault[] {
    return [...this.#closed, ...this.#open.map(({ fault }) => fault)];
  }
}

/** For people. */
export function chaosLines(faults: readonly DoneFault[], summary: RunSummary | null): readonly string[] {
  const done = faults.filter((fault) => fault.done).length;
  const digest = summary?.weightsDigest ?? null;
  return [
    ...faults.map((fault) => `chaos     ${faultText(fault)}`),
    `chaos     ${plural(done, 'fault')} done, ${faults.length - done} passed over; weights ${digest ?? 'not known'}`,
  ];
}

function faultText({ kind, rank, seconds, step, done, costSeconds, repeated }: DoneFault): string {
  const what = `${kind} worker-${rank} after step ${step}${seconds === 0 ? '' : `, ${seconds} s`}`;
  if (!done) return `${what}: passed over, it was not there`;
  const cost = costSeconds === null ? 'no step came after it' : `${costSeconds.toFixed(2)} s to the next step`;
  return `${what}: ${cost}${repeated === 0 ? '' : `, ${plural(repeated, 'step')} run again`}`;
}
