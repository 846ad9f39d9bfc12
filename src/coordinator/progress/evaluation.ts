import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { evaluationChunks } from '../../shared/plan/schedule.ts';
import type { ChunkSums } from '../../shared/protocol/shared.ts';

export interface EvaluationSums {
  readonly lossSum: number;
  readonly correct: number;
  readonly samples: number;
}

/**
 * Puts the workers' shares of one evaluation together: every chunk exactly once, added in the order of chunks in
 * float64, so that the sums depend neither on the number of workers nor on who was first.
 */
export class EvaluationAssembly {
  readonly step: number;
  readonly #expected: readonly number[];
  readonly #chunks: (ChunkSums & { readonly worker: string })[] = [];
  readonly #waiting: Set<string>;

  readonly #nameOf: (worker: string) => string;

  constructor(
    step: number,
    samples: number,
    chunkSize: number,
    workers: readonly string[],
    nameOf: (worker: string) => string = (worker) => worker,
  ) {
    this.step = step;
    this.#nameOf = nameOf;
    this.#expected = evaluationChunks(samples, chunkSize).map(({ start, end }) => end - start);
    this.#waiting = new Set(workers);
  }

  /** Names of the workers that have not sent their share. */
  get waitingFor(): readonly string[] {
    return [...this.#waiting].map((worker) => this.#nameOf(worker));
  }

  /** A share that came before is dropped: a worker tells again what it does not know to be on record. */
  add(worker: string, chunks: readonly ChunkSums[]): void {
    if (!this.#waiting.delete(worker)) return;
    const name = this.#nameOf(worker);
    for (const chunk of chunks) {
      const expected = this.#expected[chunk.index];
      if (expected === undefined) {
        throw this.#wrong(`${name} sent chunk ${chunk.index} of ${this.#expected.length}`);
      }
      const earlier = this.#chunks[chunk.index];
      if (earlier !== undefined) {
        throw this.#wrong(`chunk ${chunk.index} came from ${this.#nameOf(earlier.worker)} and from ${name}`);
      }
      if (chunk.samples !== expected) {
        throw this.#wrong(`chunk ${chunk.index} has ${expected} samples, but ${name} counted ${chunk.samples}`);
      }
      this.#chunks[chunk.index] = { ...chunk, worker };
    }
  }

  /** null while a worker's share is missing. */
  result(): EvaluationSums | null {
    if (this.#waiting.size > 0) return null;
    const sums = { lossSum: 0, correct: 0, samples: 0 };
    for (let index = 0; index < this.#expected.length; index++) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) throw this.#wrong(`nobody sent chunk ${index} of ${this.#expected.length}`);
      sums.lossSum += chunk.lossSum;
      sums.correct += chunk.correct;
      sums.samples += chunk.samples;
    }
    return sums;
  }

  #wrong(what: string): GradsocketError {
    return new GradsocketError(
      'EVALUATION_INEXACT',
      EXIT.internal,
      `The evaluation after step ${this.step} does not count every sample once: ${what}.`,
    );
  }
}
