import { diverged } from '../../shared/checkpoint/finite.ts';
import { type OwnSum, poisoned } from './poison.ts';
import type { CommittedStep } from './step-collector.ts';

/** What each worker's own samples came to in steps that are not complete, to tell who is to blame for one that is no number. */
export class OwnSums {
  /** By step. */
  readonly #sums = new Map<number, OwnSum[]>();

  add(step: number, sum: OwnSum): void {
    const sums = this.#sums.get(step) ?? [];
    sums.push(sum);
    this.#sums.set(step, sums);
  }

  clear(): void {
    this.#sums.clear();
  }

  /**
   * The step is complete.
   *
   * @throws GradsocketError where its loss or its gradient is no finite number
   */
  requireFinite({ step, lossSum, gradientNorm }: CommittedStep): void {
    const own = this.#sums.get(step) ?? [];
    for (const old of this.#sums.keys()) if (old <= step) this.#sums.delete(old);
    if (Number.isFinite(lossSum) && Number.isFinite(gradientNorm)) return;
    const poison = poisoned(step, own);
    if (poison !== null) throw poison;
    // Counted as metrics.jsonl counts them.
    const number = step + 1;
    if (!Number.isFinite(lossSum)) throw diverged(`The loss of step ${number} is ${lossSum}`);
    throw diverged(`The norm of the gradient of step ${number} is ${gradientNorm}`);
  }
}
