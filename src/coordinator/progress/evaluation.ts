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

  constructor(step: number, samples: number, chunkSize: number, workers: readonly string[]) {
    this.step = step;
    this.#expected = evaluationChunks(samples, chunkSize).map(({ start, end }) => end - start);
    this.#waiting = new Set(workers);
  }

  /** Workers that have not sent their share. */
  get waitingFor(): readonly string[] {
    return [...this.#waiting];
  }

  add(worker: string, chunks: readonly ChunkSums[]): void {
    if (!this.#waiting.delete(worker)) {
      throw this.#wrong(`${worker} sent its share twice`);
    }
    for (const chunk of chunks) {
      const expected = this.#expected[chunk.index];
      if (expected === undefined) {
        throw this.#wrong(`${worker} sent chunk ${chunk.index} of ${this.#expected.length}`);
      }
      const earlier = this.#chunks[chunk.index];
      if (earlier !== undefined) {
        throw this.#wrong(`chunk ${chunk.index} came from ${earlier.worker} and from ${worker}`);
      }
      if (chunk.samples !== expected) {
        throw this.#wrong(`chunk ${chunk.index} has ${expected} samples, but ${worker} counted ${chunk.samples}`);
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
