import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { positionOf, type StepPosition, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';

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

/**
 * Collects the reports of each step, from generation to generation. A step counts once every worker has committed it; until then
 * the first report is kept, because after a loss the newest step of a survivor is the run's. Workers go by their ids.
 */
export class StepCollector {
  readonly #plan: TrainingPlan;
  readonly #nameOf: (worker: string) => string;
  /** Committed steps, by worker. */
  #committed: Map<string, number>;
  /** Of the steps that some, not all, have reported; at most as many as workers are apart. */
  readonly #open = new Map<number, { readonly first: string; readonly sums: ReportedStep }>();
  #complete: number;

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
  }

  /** From here on it takes these to commit a step. They have committed the complete ones; what was dropped comes anew. */
  begin(workers: readonly string[]): void {
    this.#open.clear();
    this.#committed = new Map(workers.map((worker) => [worker, this.#complete]));
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
    return Math.max(this.#complete, ...this.#committed.values());
  }

  /** Steps that `worker` has reported. */
  committedBy(worker: string): number {
    return this.#committed.get(worker) ?? 0;
  }

  /** Names of the workers whose report of the step after the complete ones is missing. */
  get behind(): readonly string[] {
    return [...this.#committed].filter(([, steps]) => steps === this.#complete).map(([worker]) => this.#nameOf(worker));
  }

  /**
   * Takes a report; returns the step if it is complete with it. One that came before is dropped: a worker tells again what it does
   * not know to be on record. Throws where replicas disagree.
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
    this.#check(worker, step, sums);
    this.#committed.set(worker, step + 1);
    if (Math.min(...this.#committed.values()) === this.#complete) return null;
    return this.#close(step);
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
    const { sums } = this.#open.get(step)!;
    this.#open.delete(step);
    this.#complete = step + 1;
    return { step, position: positionOf(this.#plan, step), ...sums };
  }

  /** What can be seen to be wrong without the others is its own fault. */
  #checkAgainstPlan(worker: string, step: number, { samples, correct }: ReportedStep): void {
    const { start, end } = positionOf(this.#plan, step);
    const name = this.#nameOf(worker);
    if (samples !== end - start) {
      const why = `Step ${step} covers ${end - start} samples, but ${name} reports a sum over ${samples}.`;
      throw new ProtocolError('malformed', why);
    }
    if (correct > samples || !Number.isInteger(correct)) {
      throw new ProtocolError(
        'malformed',
        `${name} reports ${correct} of ${samples} samples of step ${step} as correct.`,
      );
    }
  }

  #check(worker: string, step: number, sums: ReportedStep): void {
    this.#checkAgainstPlan(worker, step, sums);
    const open = this.#open.get(step);
    if (open === undefined) {
      this.#open.set(step, { first: worker, sums });
      return;
    }
    for (const key of ['lossSum', 'correct', 'samples', 'learningRate', 'gradientNorm'] as const) {
      if (Object.is(open.sums[key], sums[key])) continue;
      throw new GradsocketError(
        'REPLICAS_DIVERGED',
        EXIT.internal,
        `Workers disagree about step ${step}: ${key} is ${open.sums[key]} at ${this.#nameOf(open.first)} and ` +
          `${sums[key]} at ${this.#nameOf(worker)}. ` +
          `Their weights can no longer be trusted to be equal, so the run stops.`,
      );
    }
  }
}
