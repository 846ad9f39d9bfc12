import { dueAfter, microbatchSizes, totalSteps, type TrainingPlan } from '../../shared/plan/schedule.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { ChunkSums } from '../../shared/protocol/shared.ts';
import { EvaluationAssembly, type EvaluationSums } from './evaluation.ts';

export interface EvaluationsOptions {
  readonly plan: TrainingPlan;
  /** 0: nothing is ever evaluated. */
  readonly validationSamples: number;
  readonly nameOf: (worker: string) => string;
  /** Whether the evaluation after so many steps is on record. */
  readonly isRecorded: (step: number) => boolean;
}

/** The evaluations of a run, each by the step that it came after. Workers go by their ids. */
export class Evaluations {
  readonly #options: EvaluationsOptions;
  readonly #assemblies = new Map<number, EvaluationAssembly>();
  #workers: readonly string[] = [];

  constructor(options: EvaluationsOptions) {
    this.#options = options;
  }

  /** From here on these share the work. What the members of another generation left unfinished cannot be put together with theirs. */
  begin(workers: readonly string[]): void {
    this.#workers = workers;
    this.#assemblies.clear();
  }

  /** Takes a worker's share; returns the sums if the evaluation is complete with it. */
  add(worker: string, step: number, chunks: readonly ChunkSums[]): EvaluationSums | null {
    const { plan, validationSamples, nameOf, isRecorded } = this.#options;
    if (step === 0 || step > totalSteps(plan) || !dueAfter(plan, step).evaluate) {
      throw new ProtocolError('malformed', `${nameOf(worker)} evaluated after step ${step}, where none is due.`);
    }
    if (validationSamples === 0 || isRecorded(step)) return null;
    let assembly = this.#assemblies.get(step);
    if (assembly === undefined) {
      const [chunk] = microbatchSizes(plan);
      assembly = new EvaluationAssembly(step, validationSamples, chunk!, this.#workers, nameOf);
      this.#assemblies.set(step, assembly);
    }
    assembly.add(worker, chunks);
    const sums = assembly.result();
    if (sums !== null) this.#assemblies.delete(step);
    return sums;
  }

  /** Whether one is due after `step` that has not come in whole. */
  lacks(step: number): boolean {
    const { plan, validationSamples, isRecorded } = this.#options;
    return validationSamples > 0 && step > 0 && dueAfter(plan, step).evaluate && !isRecorded(step);
  }

  /** What of the evaluation after `step` nobody sent, where one is due; null: nothing. */
  missing(step: number): string | null {
    if (!this.lacks(step)) return null;
    const waitingFor = this.#assemblies.get(step)?.waitingFor;
    return waitingFor === undefined
      ? `the evaluation after step ${step}`
      : `the evaluation by ${waitingFor.join(', ')}`;
  }
}
