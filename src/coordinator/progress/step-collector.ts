import { positionOf, type StepPosition, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import { disagreement } from './agreement.ts';
import type { Difference } from './dispute.ts';
import { plural } from '../../shared/plural.ts';

/** What is the same in every worker's report of a step: it comes out of the reduced vector and the plan. */
export interface ReportedStep {
  readonly lossSum: number;
  readonly correct: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
}

/** A step that is committed, where it stood in the plan, and its sums. */
export interface CommittedStep extends ReportedStep {
  readonly step: number;
  readonly position: StepPosition;
}

const SUMS = ['lossSum', 'correct', 'samples', 'learningRate', 'gradientNorm'] as const;

/**
 * Collects the reports of each step, from generation to generation. A step counts once every worker has committed it; until then
 * its reports are kept, because after a loss the newest step of a survivor is the run's. Where they differ, the step never counts,
 * and neither does a later one. Workers go by their ids.
 */
export class StepCollector {
  readonly #plan: TrainingPlan;
  readonly #nameOf: (worker: string) => string;
  /** Committed steps, by worker. */
  #committed: Map<string, number>;
  /** Reports, by worker, of the steps that some, not all, have reported; at most as many as workers are apart. */
  readonly #open = new Map<number, Map<string, ReportedStep>>();
  #complete: number;
  #newest: number;
  /** How many have not reported the step after the complete ones. */
  #behind: number;
  #disputed: { readonly step: number; readonly reports: ReadonlyMap<string, ReportedStep> } | null = null;

  constructor(
    plan: TrainingPlan,
    firstStep: number,
    workers: readonly string[],
    nameOf: (worker: string) => string = (worker) => worker,
  ) {
    this.#plan = plan;
    this.#nameOf = nameOf;
    this.#committed = new Map(workers.map((worker) => [worker, firstStep]));
    this.#complete = firstStep;
    this.#newest = firstStep;
    this.#behind = this.#committed.size;
  }

  /** From here on it takes these to commit a step. They have committed the complete ones; what was dropped comes anew. */
  begin(workers: readonly string[]): void {
    this.#open.clear();
    this.#committed = new Map(workers.map((worker) => [worker, this.#complete]));
    this.#newest = this.#complete;
    this.#behind = this.#committed.size;
  }

  /** Only `steps` are committed: the run goes on from an older checkpoint, or from a record that was kept. */
  reset(steps: number): void {
    this.#complete = steps;
    this.begin([]);
  }

  /** Steps that every worker has committed. */
  get complete(): number {
    return this.#complete;
  }

  /** Steps that anybody has reported. */
  get newest(): number {
    return this.#newest;
  }

  /** Steps that `worker` has reported. */
  committedBy(worker: string): number {
    return this.#committed.get(worker) ?? 0;
  }

  /** Names of the workers whose report of the step after the complete ones is missing. */
  get behind(): readonly string[] {
    return [...this.#committed].filter(([, steps]) => steps === this.#complete).map(([worker]) => this.#nameOf(worker));
  }

  /** The first step of which workers report different sums; null: there is none. */
  get difference(): Difference | null {
    if (this.#disputed === null) return null;
    const { step, reports } = this.#disputed;
    return { hasTold: (worker) => reports.has(worker), sentence: () => this.#whoDiffers(step, reports) };
  }

  /**
   * Takes a report; returns the step if it is complete with it. One that came before is dropped: a worker tells again what it does
   * not know to be on record.
   */
  report(worker: string, step: number, sums: ReportedStep): CommittedStep | null {
    const expected = this.#committed.get(worker);
    if (expected === undefined)
      throw new ProtocolError('outOfTurn', `${this.#nameOf(worker)} takes no part in step ${step}.`);
    if (step < expected) return null;
    if (step >= totalSteps(this.#plan)) {
      throw new ProtocolError(
        'malformed',
        `${this.#nameOf(worker)} reported step ${step} of ${totalSteps(this.#plan)}.`,
      );
    }
    if (step !== expected) {
      const name = this.#nameOf(worker);
      throw new ProtocolError('outOfTurn', `${name} reported step ${step}, but its next one is ${expected}.`);
    }
    this.#checkAgainstPlan(worker, step, sums);
    this.#committed.set(worker, step + 1);
    this.#newest = Math.max(this.#newest, step + 1);
    if (step === this.#complete) this.#behind--;
    else if (step + 1 === this.#complete) this.#behind++;
    const reports = this.#keep(worker, step, sums);
    // The others are the same, or it would be disputed already.
    const [first] = reports.values();
    if (this.#disputed === null && SUMS.some((sum) => !Object.is(first![sum], sums[sum]))) {
      this.#disputed = { step, reports };
    }
    if (step >= (this.#disputed?.step ?? Number.POSITIVE_INFINITY)) return null;
    return this.#behind > 0 ? null : this.#close(step);
  }

  /**
   * Takes the first `steps` steps for committed, as far as anybody has reported them: after a loss, when the run goes on from the
   * newest state that a survivor holds.
   */
  adopt(steps: number): readonly CommittedStep[] {
    const adopted: CommittedStep[] = [];
    while (this.#complete < steps && this.#open.has(this.#complete)) adopted.push(this.#close(this.#complete));
    return adopted;
  }

  #close(step: number): CommittedStep {
    const [sums] = this.#open.get(step)!.values();
    this.#open.delete(step);
    this.#complete = step + 1;
    this.#newest = Math.max(this.#newest, this.#complete);
    this.#behind = 0;
    for (const steps of this.#committed.values()) if (steps === this.#complete) this.#behind++;
    return { step, position: positionOf(this.#plan, step), ...sums! };
  }

  /** What can be seen to be wrong without the others is its own fault. */
  #checkAgainstPlan(worker: string, step: number, { samples, correct }: ReportedStep): void {
    const { start, end } = positionOf(this.#plan, step);
    if (samples === end - start && correct <= samples && Number.isInteger(correct)) return;
    const name = this.#nameOf(worker);
    if (samples !== end - start) {
      const why = `Step ${step} covers ${plural(end - start, 'sample')}, but ${name} reports a sum over ${samples}.`;
      throw new ProtocolError('malformed', why);
    }
    throw new ProtocolError(
      'malformed',
      `${name} reports ${correct} of ${plural(samples, 'sample')} of step ${step} as correct.`,
    );
  }

  #keep(worker: string, step: number, sums: ReportedStep): ReadonlyMap<string, ReportedStep> {
    const reports = this.#open.get(step) ?? new Map<string, ReportedStep>();
    this.#open.set(step, reports.set(worker, sums));
    return reports;
  }

  #whoDiffers(step: number, reports: ReadonlyMap<string, ReportedStep>): string {
    const sum = SUMS.find((one) => differIn(reports, one))!;
    const held = [...reports].map(([worker, sums]) => ({ worker: this.#nameOf(worker), digest: textOf(sums[sum]) }));
    return (
      `Workers disagree about step ${step}: ${sum} is ${disagreement(held, (text) => text)} ` +
      `Their weights can no longer be trusted to be equal, so the run stops.`
    );
  }
}

/** Whether not all report the same bits of it. */
function differIn(reports: ReadonlyMap<string, ReportedStep>, sum: (typeof SUMS)[number]): boolean {
  const [first, ...others] = [...reports.values()].map((sums) => sums[sum]);
  return others.some((other) => !Object.is(other, first));
}

/** Another one for each number. */
function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
