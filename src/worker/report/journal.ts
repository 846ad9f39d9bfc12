import type { ObservedStep, WorkerObserver } from '../metrics/worker-metrics.ts';
import { positionOf, stepsPerEpoch, totalSteps } from '../../shared/plan/schedule.ts';
import type { SessionEvent } from '../session/event.ts';
import type { SessionModel } from '../session/model.ts';
import type { Log } from './log.ts';

/** A line this often, and after each epoch, unless epochs are shorter than a glance. */
const EVERY_SECONDS = 10;
const GLANCE_SECONDS = 3;

/** Sums over the steps since the last line. */
interface Stretch {
  readonly begun: number;
  readonly samples: number;
  readonly lossSum: number;
  readonly correct: number;
  readonly compute: number;
}

/** How the run goes, as one worker sees it, in lines for people. */
export class Journal implements WorkerObserver {
  readonly #log: Log;
  readonly #now: () => number;
  #model: SessionModel | null = null;
  /** Whose share was told. */
  #told = 0;
  #stretch: Stretch | null = null;

  /** `now`: seconds from any start. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  prepared({ engine, device }: { readonly engine: string; readonly device: string }): void {
    this.#log(`computes with ${engine} on ${device}`);
  }

  engineMemory(): void {}

  decided(event: SessionEvent, model: SessionModel): void {
    const before = this.#model?.state.name;
    this.#model = model;
    const { state } = model;
    if (event.type === 'restored') this.#log(`holds the state after step ${event.step}`);
    if (state.name === 'ready' && before !== 'ready') this.#log('waits until the others are ready');
    if (state.name === 'halted' && before !== 'halted') this.#log('waits until it is settled who goes on');
    if (state.name !== 'training' || state.seat.generation === this.#told) return;
    this.#told = state.seat.generation;
    this.#stretch = null;
    const { members, rank } = state.seat;
    const others = members.filter((_, other) => other !== rank).map(({ name }) => name);
    const named = others.length > 4 ? [...others.slice(0, 3), `${others.length - 3} more`] : others;
    this.#log(
      `computes ${shareText(model)} of each step, ${others.length === 0 ? 'alone' : `with ${named.join(', ')}`}`,
    );
  }

  committed({ step, sums, times }: ObservedStep): void {
    const run = this.#model?.run ?? null;
    if (run === null) return;
    const { plan } = run;
    const now = this.#now();
    const { begun, samples, lossSum, correct, compute } = this.#stretch ?? {
      begun: now - times.total,
      samples: 0,
      lossSum: 0,
      correct: 0,
      compute: 0,
    };
    const stretch: Stretch = {
      begun,
      samples: samples + sums.samples,
      lossSum: lossSum + sums.lossSum,
      correct: correct + sums.correct,
      compute: compute + times.compute,
    };
    this.#stretch = stretch;
    const done = step + 1;
    const seconds = now - begun;
    const epochEnds = done % stepsPerEpoch(plan) === 0;
    const isDue = seconds >= EVERY_SECONDS || (epochEnds && seconds >= GLANCE_SECONDS) || done === totalSteps(plan);
    if (!isDue) return;
    this.#stretch = null;
    const { epoch } = positionOf(plan, step);
    this.#log(
      [
        `epoch ${epoch + 1}/${plan.epochs}`,
        `step ${done}/${totalSteps(plan)}`,
        `loss ${(stretch.lossSum / stretch.samples).toPrecision(4)}`,
        `${((100 * stretch.correct) / stretch.samples).toFixed(1)} %`,
        `${(stretch.samples / seconds).toFixed(0)} images/s`,
        // The rest of the time it waits: for samples, for the others, for a checkpoint.
        `${Math.min(100, (100 * stretch.compute) / seconds).toFixed(0)} % computing`,
      ].join(', '),
    );
  }
}

function shareText({ state, run }: SessionModel): string {
  const seat = 'seat' in state ? state.seat : null;
  const range = seat?.microbatches?.[seat.rank];
  const all = run?.plan.microbatches ?? 0;
  return `${range === undefined ? 0 : range[1] - range[0]} of ${all} microbatches`;
}

/** Tells each of them all. */
export function allOf(observers: readonly WorkerObserver[]): WorkerObserver {
  return {
    decided: (event, model) => {
      for (const observer of observers) observer.decided(event, model);
    },
    committed: (step) => {
      for (const observer of observers) observer.committed(step);
    },
    prepared: (engine) => {
      for (const observer of observers) observer.prepared(engine);
    },
    engineMemory: (bytes) => {
      for (const observer of observers) observer.engineMemory(bytes);
    },
  };
}
