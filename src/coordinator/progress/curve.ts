/** What a step is drawn by. */
export interface CurveStep {
  /** Committed steps, this one included. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
}

/** Some steps in a row. With one step to a point all of it is that step's. */
export interface CurvePoint {
  /** The last one. */
  readonly step: number;
  /** Mean over the samples of these steps; NaN where one of them was. */
  readonly loss: number;
  /** Of single steps, so that a spike is seen however many steps a point has. */
  readonly lossMin: number;
  readonly lossMax: number;
  readonly accuracy: number;
  readonly accuracyMin: number;
  readonly accuracyMax: number;
  /** Of the last step. */
  readonly learningRate: number;
  /** The highest. */
  readonly gradientNorm: number;
  readonly imagesPerSecond: number;
  readonly samples: number;
}

const POINTS = 1_000;

/**
 * The course of a run, kept small whatever its length: with more than `most` points, each two become one. Lowest and highest
 * values stay as they are, means stay means.
 */
export class Curve {
  readonly #most: number;
  #points: CurvePoint[] = [];
  /** Steps to a point. */
  #stride = 1;
  /** Of the last point. */
  #steps = 0;
  #revision = 0;

  constructor(most = POINTS) {
    this.#most = most;
  }

  /** Another one once earlier points are others. */
  get revision(): number {
    return this.#revision;
  }

  get points(): readonly CurvePoint[] {
    return this.#points;
  }

  add(step: CurveStep): void {
    const point = pointOf(step);
    const last = this.#points.at(-1);
    if (last === undefined || this.#steps === this.#stride) {
      this.#points.push(point);
      this.#steps = 1;
    } else {
      this.#points[this.#points.length - 1] = joined(last, point);
      this.#steps++;
    }
    if (this.#points.length > this.#most) this.#halve();
  }

  #halve(): void {
    const points = this.#points;
    const odd = points.length % 2 === 1;
    this.#points = [];
    for (let n = 0; n < points.length; n += 2) {
      const [one, other] = [points[n]!, points[n + 1]];
      this.#points.push(other === undefined ? one : joined(one, other));
    }
    // The last one has as many steps as before where it was left alone.
    if (!odd) this.#steps += this.#stride;
    this.#stride *= 2;
    this.#revision++;
  }
}

function pointOf(step: CurveStep): CurvePoint {
  const { loss, accuracy, ...others } = step;
  return {
    step: step.step,
    loss,
    lossMin: loss,
    lossMax: loss,
    accuracy,
    accuracyMin: accuracy,
    accuracyMax: accuracy,
    samples: others.samples,
    learningRate: others.learningRate,
    gradientNorm: others.gradientNorm,
    imagesPerSecond: others.imagesPerSecond,
  };
}

function joined(a: CurvePoint, b: CurvePoint): CurvePoint {
  const samples = a.samples + b.samples;
  const mean = (one: number, other: number): number => (one * a.samples + other * b.samples) / samples;
  return {
    step: b.step,
    loss: mean(a.loss, b.loss),
    lossMin: Math.min(a.lossMin, b.lossMin),
    lossMax: Math.max(a.lossMax, b.lossMax),
    accuracy: mean(a.accuracy, b.accuracy),
    accuracyMin: Math.min(a.accuracyMin, b.accuracyMin),
    accuracyMax: Math.max(a.accuracyMax, b.accuracyMax),
    learningRate: b.learningRate,
    gradientNorm: Math.max(a.gradientNorm, b.gradientNorm),
    imagesPerSecond: mean(a.imagesPerSecond, b.imagesPerSecond),
    samples,
  };
}
