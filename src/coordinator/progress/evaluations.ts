import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { dueAfter, microbatchSizes, type TrainingPlan } from '../../shared/plan/schedule.ts';
import type { ChunkSums } from '../../shared/protocol/shared.ts';
import { EvaluationAssembly, type EvaluationSums } from './evaluation.ts';

export interface EvaluationsOptions {
  readonly plan: TrainingPlan;
  /** 0: nothing is ever evaluated. */
  readonly validationSamples: number;
  /** Names, in the order of ranks. */
  readonly workers: readonly string[];
}

/** The evaluations of one generation, each by the step that it came after. */
export class Evaluations {
  readonly #options: EvaluationsOptions;
  readonly #assemblies = new Map<number, EvaluationAssembly>();

  constructor(options: EvaluationsOptions) {
    this.#options = options;
  }

  /** Takes a worker's share; returns the sums if the evaluation is complete with it. */
  add(worker: string, step: number, chunks: readonly ChunkSums[]): EvaluationSums | null {
    const { plan, validationSamples, workers } = this.#options;
    if (!dueAfter(plan, step).evaluate) {
      throw new GradsocketError(
        'EVALUATION_INEXACT',
        EXIT.internal,
        `${worker} evaluated after step ${step}, where no evaluation is due.`,
      );
    }
    if (validationSamples === 0) return null;
    let assembly = this.#assemblies.get(step);
    if (assembly === undefined) {
      const [chunk] = microbatchSizes(plan);
      assembly = new EvaluationAssembly(step, validationSamples, chunk!, workers);
      this.#assemblies.set(step, assembly);
    }
    assembly.add(worker, chunks);
    return assembly.result();
  }

  /** Whether one is due after `step` that has not come in whole. */
  lacks(step: number): boolean {
    const { plan, validationSamples } = this.#options;
    return validationSamples > 0 && dueAfter(plan, step).evaluate && !this.#assemblies.get(step)?.result();
  }

  /** What of the evaluation after `step` nobody sent, where one is due; null: nothing. */
  missing(step: number): string | null {
    if (!this.lacks(step)) return null;
    const waitingFor = this.#assemblies.get(step)?.waitingFor;
    return waitingFor === undefined
      ? `the evaluation after step ${step}`
      : `the evaluation by ${waitingFor.join(', ')}`;
  }

  /** Complete ones before `step`, but for those that `isAwaited` by something else. */
  forgetBefore(step: number, isAwaited: (old: number) => boolean): void {
    for (const [old, assembly] of this.#assemblies) {
      if (old < step && assembly.result() !== null && !isAwaited(old)) this.#assemblies.delete(old);
    }
  }
}
