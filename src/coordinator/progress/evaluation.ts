import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import { evaluationChunks } from '../../shared/plan/schedule.ts';
import { shownIn } from '../../shared/plan/shown-samples.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import { type ChunkSums, SHOWN_SAMPLES, type ShownAnswer } from '../../shared/protocol/shared.ts';
import { plural } from '../../shared/plural.ts';

export interface EvaluationSums {
  readonly lossSum: number;
  readonly correct: number;
  readonly samples: number;
  /** Of each class: how many samples it was the answer to, and how many are of it; null: not every worker counted. */
  readonly answers: readonly number[] | null;
  readonly labels: readonly number[] | null;
  /** In the order of samples. */
  readonly shown: readonly ShownAnswer[];
}

/**
 * Puts the workers' shares of one evaluation together: every chunk exactly once, added in the order of chunks in
 * float64, so that the sums depend neither on the number of workers nor on who was first. Chunks are dealt to ranks in turn, so
 * whatever is wrong with a share is its sender's fault.
 */
export class EvaluationAssembly {
  readonly step: number;
  readonly #samples: number;
  readonly #expected: readonly Range[];
  readonly #chunks: ChunkSums[] = [];
  /** The rank of each worker. */
  readonly #ranks: ReadonlyMap<string, number>;
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
    this.#samples = samples;
    this.#expected = evaluationChunks(samples, chunkSize);
    this.#ranks = new Map(workers.map((worker, rank) => [worker, rank]));
    this.#waiting = new Set(workers);
  }

  /** Names of the workers that have not sent their share. */
  get waitingFor(): readonly string[] {
    return [...this.#waiting].map((worker) => this.#nameOf(worker));
  }

  /**
   * A share that came before is dropped: a worker tells again what it does not know to be on record.
   *
   * @throws ProtocolError where it is not what this worker had to evaluate
   */
  add(worker: string, chunks: readonly ChunkSums[]): void {
    if (!this.#waiting.has(worker)) return;
    const name = this.#nameOf(worker);
    const rank = this.#ranks.get(worker)!;
    const wrong = (what: string) =>
      new ProtocolError('malformed', `The evaluation after step ${this.step} is not as dealt: ${what}.`);
    const share = new Map<number, ChunkSums>();
    for (const chunk of chunks) {
      const { index, samples, correct } = chunk;
      const range = this.#expected[index];
      if (range === undefined) throw wrong(`${name} sent chunk ${index} of ${this.#expected.length}`);
      if (index % this.#ranks.size !== rank) throw wrong(`${name} sent chunk ${index}, which is another's`);
      if (share.has(index)) throw wrong(`${name} sent chunk ${index} twice`);
      const expected = range.end - range.start;
      if (samples !== expected)
        throw wrong(`chunk ${index} has ${plural(expected, 'sample')}, but ${name} counted ${samples}`);
      if (correct > samples) throw wrong(`${name} has ${correct} of ${samples} right in chunk ${index}`);
      const due = shownIn(range, this.#samples, SHOWN_SAMPLES);
      const alien = chunk.shown?.find(([sample]) => !due.includes(sample));
      if (alien !== undefined) throw wrong(`${name} shows sample ${alien[0]} in chunk ${index}`);
      share.set(index, chunk);
    }
    for (let index = rank; index < this.#expected.length; index += this.#ranks.size) {
      if (!share.has(index)) throw wrong(`${name} did not send chunk ${index}`);
    }
    for (const [index, chunk] of share) this.#chunks[index] = chunk;
    this.#waiting.delete(worker);
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
    const shown = this.#chunks.flatMap((chunk) => chunk.shown ?? []);
    return { ...sums, answers: added(this.#chunks, 'answers'), labels: added(this.#chunks, 'labels'), shown };
  }

  #wrong(what: string): GradsocketError {
    return new GradsocketError(
      'EVALUATION_INEXACT',
      EXIT.internal,
      `The evaluation after step ${this.step} does not count every sample once: ${what}.`,
    );
  }
}

/** Class by class. */
function added(chunks: readonly ChunkSums[], of: 'answers' | 'labels'): readonly number[] | null {
  const counts = chunks.map((chunk) => chunk[of]);
  const [first] = counts;
  if (first === undefined || counts.some((one) => one?.length !== first.length)) return null;
  return first.map((_, label) => counts.reduce((sum, one) => sum + one![label]!, 0));
}
