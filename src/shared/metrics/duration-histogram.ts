import type { Histogram, Metric, Registry } from 'prom-client';

/** Upper bounds of the buckets: from a phase of a small CNN's step to a step of a large network on a laptop. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

type Shown = Awaited<ReturnType<Histogram['get']>>;
type ShownValue = Shown['values'][number];

/** Seconds that something took. */
export interface Durations {
  /** Throws a RangeError for what is no number of seconds. */
  observe(seconds: number): void;
}

export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Null: it has none, and is shown from the beginning. Else what nobody has observed is not shown. */
  readonly label: string | null;
}

/**
 * A histogram of seconds for what thousands of workers report at once: to observe is to count up two numbers. prom-client's own looks its
 * labels up and checks them each time, which takes as long as reading the report.
 */
export class DurationHistogram implements Durations {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #label: string | null;
  readonly #series = new Map<string, Series>();
  readonly #unlabelled: Series | null;

  constructor({ name, help, label }: DurationHistogramOptions) {
    this.name = name;
    this.help = help;
    this.#label = label;
    this.#unlabelled = label === null ? new Series({}) : null;
  }

  /** From now on the registry shows it: of a metric it asks for no more than there is here. */
  registerIn(registry: Registry): this {
    registry.registerMetric(this as unknown as Metric);
    return this;
  }

  observe(seconds: number): void {
    if (this.#unlabelled === null) throw new TypeError(`${this.name} has the label ${this.#label}`);
    this.#unlabelled.observe(seconds);
  }

  /** Those with this value of the label. */
  labels(value: string): Durations {
    if (this.#label === null) throw new TypeError(`${this.name} has no label`);
    const series = this.#series.get(value) ?? new Series({ [this.#label]: value });
    this.#series.set(value, series);
    return series;
  }

  async get(): Promise<Pick<Shown, 'name' | 'help' | 'values'> & { readonly type: string }> {
    const observed = [...this.#series.values()].filter(({ count }) => count > 0);
    const values = [...(this.#unlabelled === null ? [] : [this.#unlabelled]), ...observed];
    const { name, help, type } = this;
    return { name, help, type, values: values.flatMap((series) => series.shown(name)) };
  }
}

/** Those with one value of the label. */
class Series implements Durations {
  readonly #labels: Readonly<Record<string, string>>;
  /** How many fell into each bucket; the last one takes what is longer than all bounds. */
  readonly #counts = new Float64Array(BOUNDS.length + 1);
  #sum = 0;

  constructor(labels: Readonly<Record<string, string>>) {
    this.#labels = labels;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  observe(seconds: number): void {
    if (!Number.isFinite(seconds)) throw new RangeError(`${seconds} is no number of seconds`);
    let bucket = 0;
    while (seconds > BOUNDS[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += seconds;
  }

  /** As Prometheus has it: each bucket counts also what fell into those below. */
  shown(name: string): readonly ShownValue[] {
    const labels = this.#labels;
    let upTo = 0;
    const buckets = [...BOUNDS, '+Inf'].map((le, bucket) => {
      upTo += this.#counts[bucket]!;
      return { labels: { le, ...labels }, value: upTo, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { labels, value: this.#sum, metricName: `${name}_sum` },
      { labels, value: upTo, metricName: `${name}_count` },
    ];
  }
}
