import type { Measured } from '../../shared/checkpoint/best.ts';
import { z } from 'zod';
import { count, float, shownAnswer } from '../../shared/protocol/shared.ts';
import { Curve } from './curve.ts';

/** JSON has no NaN or infinity and writes null for them. */
const number = z.union([float, z.null().transform(() => Number.NaN)]);

/** Lines of metrics.jsonl. */
const stepLine = z.object({
  type: z.literal('step'),
  /** ISO 8601 */
  time: z.string(),
  /** Committed steps, this one included. */
  step: count,
  epoch: count,
  /** Means over the global batch. */
  loss: number,
  accuracy: number,
  samples: count,
  learningRate: number,
  gradientNorm: number,
  imagesPerSecond: number,
  /** How long the step took. */
  seconds: number,
});
export type StepLine = z.infer<typeof stepLine>;

const evaluationLine = z.object({
  type: z.literal('evaluation'),
  time: z.string(),
  /** Committed steps. */
  step: count,
  epoch: count,
  loss: number,
  accuracy: number,
  samples: count,
  /** Of each class: how many samples it was the answer to, and how many are of it. */
  answers: z.array(count).optional(),
  labels: z.array(count).optional(),
  /** What those samples were taken for that people are shown. */
  shown: z.array(shownAnswer).readonly().optional(),
});
export type EvaluationLine = z.infer<typeof evaluationLine>;

const metricsLine = z.discriminatedUnion('type', [stepLine, evaluationLine]);
export type MetricsLine = StepLine | EvaluationLine;

/** Those of the lines of metrics.jsonl that this version knows. */
export function metricsIn(lines: readonly unknown[]): readonly MetricsLine[] {
  return lines.flatMap((line) => metricsLine.safeParse(line).data ?? []);
}

/** Whether a line of metrics.jsonl belongs to the first `steps` committed steps. */
export function belongsToFirst(steps: number, line: unknown): boolean {
  const result = metricsLine.safeParse(line);
  return result.success && result.data.step <= steps;
}

/** What a checkpoint is rated by. */
export function measuredIn({ accuracy, loss }: Pick<EvaluationLine, 'accuracy' | 'loss'>): Measured {
  return { validationAccuracy: accuracy, validationLoss: loss };
}

/** Steps after which an evaluation came to no finite loss. */
export function divergedIn(lines: readonly unknown[]): ReadonlySet<number> {
  const evaluations = lines.flatMap((line) => evaluationLine.safeParse(line).data ?? []);
  return new Set(evaluations.filter(({ loss }) => !Number.isFinite(loss)).map(({ step }) => step));
}

/** What is remembered of every evaluation. The rest grows with the classes, and only the newest one's is asked for. */
export type KeptEvaluation = Pick<EvaluationLine, 'step' | 'epoch' | 'loss' | 'accuracy'>;

/** Means over the samples of one epoch, as far as it went. */
export interface EpochMeans {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
}

interface EpochSums {
  readonly epoch: number;
  samples: number;
  loss: number;
  correct: number;
}

const CURVE_POINTS = 400;
const SHOWN_EVALUATIONS = 1_000;

/** What the lines of metrics.jsonl say about the run so far, kept small whatever its length. */
export class RunHistory {
  #evaluation: EvaluationLine | null = null;
  readonly #evaluations: KeptEvaluation[] = [];
  /** The newest one after each step. */
  readonly #evaluationAfter = new Map<number, KeptEvaluation>();
  #last: StepLine | null = null;
  #current: EpochSums | null = null;
  #previous: EpochSums | null = null;
  #curve: { readonly step: number; readonly loss: number }[] = [];
  /** Only every so many steps has a point. */
  #stride = 1;
  readonly #course = new Curve();
  #samples = 0;
  #seconds = 0;

  /** `lines`: kept from before a resume. */
  constructor(lines: readonly unknown[] = []) {
    for (const line of lines) this.add(metricsLine.parse(line));
  }

  add(line: MetricsLine): void {
    if (line.type === 'evaluation') {
      this.#evaluation = line;
      const { step, epoch, loss, accuracy } = line;
      const kept = { step, epoch, loss, accuracy };
      this.#evaluations.push(kept);
      this.#evaluationAfter.set(step, kept);
      return;
    }
    this.#last = line;
    this.#course.add(line);
    this.#samples += line.samples;
    this.#seconds += line.seconds;
    if (this.#current?.epoch !== line.epoch) {
      this.#previous = this.#current;
      this.#current = { epoch: line.epoch, samples: 0, loss: 0, correct: 0 };
    }
    const sums = this.#current;
    sums.samples += line.samples;
    sums.loss += line.loss * line.samples;
    sums.correct += line.accuracy * line.samples;
    if (line.step % this.#stride !== 0) return;
    this.#curve.push({ step: line.step, loss: line.loss });
    if (this.#curve.length <= CURVE_POINTS) return;
    this.#stride *= 2;
    this.#curve = this.#curve.filter(({ step }) => step % this.#stride === 0);
  }

  /** Of all steps, those before a resume included; evaluations and what lies between do not count. */
  get trainingSeconds(): number {
    return this.#seconds;
  }

  /** In that time; 0 while unknown. */
  get imagesPerSecond(): number {
    return this.#seconds > 0 ? this.#samples / this.#seconds : 0;
  }

  /** Training samples of all steps. */
  get samples(): number {
    return this.#samples;
  }

  get lastStep(): StepLine | null {
    return this.#last;
  }

  get lastEvaluation(): EvaluationLine | null {
    return this.#evaluation;
  }

  get evaluations(): readonly KeptEvaluation[] {
    return this.#evaluations;
  }

  /** Of many, as many as can be shown: evenly thinned out, with the newest and the best ones. */
  get shownEvaluations(): readonly KeptEvaluation[] {
    const all = this.#evaluations;
    if (all.length <= SHOWN_EVALUATIONS) return all;
    const stride = Math.ceil(all.length / SHOWN_EVALUATIONS);
    const best = all.reduce((one, other) => (other.accuracy > one.accuracy ? other : one));
    const lowest = all.reduce((one, other) => (other.loss < one.loss ? other : one));
    return all.filter((one, index) => (all.length - 1 - index) % stride === 0 || one === best || one === lowest);
  }

  evaluationAfter(step: number): KeptEvaluation | null {
    return this.#evaluationAfter.get(step) ?? null;
  }

  /** Of the newest whole epoch of `epochSamples`, or of the first one as far as it went. */
  training(epochSamples: number): EpochMeans | null {
    const whole = this.#current !== null && this.#current.samples >= epochSamples;
    const sums = whole ? this.#current : (this.#previous ?? this.#current);
    if (sums === null || sums.samples === 0) return null;
    return { epoch: sums.epoch, loss: sums.loss / sums.samples, accuracy: sums.correct / sums.samples };
  }

  /** All that a step is drawn by, lowest and highest values kept. */
  get course(): Curve {
    return this.#course;
  }

  /** Loss by step, thinned out evenly. */
  get curve(): readonly { readonly step: number; readonly loss: number }[] {
    return this.#curve;
  }
}
