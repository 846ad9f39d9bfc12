import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { PROTOCOL_VERSION } from '../protocol/shared.ts';
import { DurationHistogram } from './duration-histogram.ts';

/** What Prometheus scrapes. */
export interface Exposition {
  readonly type: string;
  readonly text: string;
}

/** One of our metrics, for documentation. */
export interface Described {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** One process's metrics, on a registry of their own: all with our prefix, and none with a value before somebody gave it one. */
export class MetricSet {
  readonly #registry = new Registry();
  readonly #described: Described[] = [];

  constructor(version: string) {
    collectDefaultMetrics({ register: this.#registry });
    // Their names end in a unit that they are not in, which promtool's lint refuses.
    for (const name of ['handles', 'requests', 'resources']) {
      this.#registry.removeSingleMetric(`nodejs_active_${name}`);
      this.#registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
    this.gauge('build_info', 'Always 1; the labels say what runs here.', ['version', 'protocol']).set(
      { version, protocol: String(PROTOCOL_VERSION) },
      1,
    );
  }

  /** In the order in which they were made. */
  get described(): readonly Described[] {
    return this.#described;
  }

  /** Counts from 0. */
  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    this.#describe('counter', name, help, labelNames);
    return new Counter({ name: `gradsocket_${name}`, help, labelNames, registers: [this.#registry] });
  }

  /** Absent until it is set: what is not known is not 0. */
  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    this.#describe('gauge', name, help, labelNames);
    const gauge = new Gauge({ name: `gradsocket_${name}`, help, labelNames, registers: [this.#registry] });
    if (labelNames.length === 0) gauge.remove();
    return gauge;
  }

  /** Of durations, in seconds. */
  histogram(name: string, help: string, label: string | null = null): DurationHistogram {
    this.#describe('histogram', name, help, label === null ? [] : [label]);
    return new DurationHistogram({ name: `gradsocket_${name}`, help, label }).registerIn(this.#registry);
  }

  #describe(type: Described['type'], name: string, help: string, labels: readonly string[]): void {
    this.#described.push({ name: `gradsocket_${name}`, type, help, labels });
  }

  async expose(): Promise<Exposition> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

/** Of all states, 1 for the one that something is in: what a gauge with the label `state` shows. */
export function showState<S extends string>(gauge: Gauge<'state'>, states: readonly S[], current: S): void {
  for (const state of states) gauge.set({ state }, state === current ? 1 : 0);
}

/** Sets a gauge, or takes its value away where there is none. */
export function show(gauge: Gauge<never>, value: number | null | undefined): void {
  if (value === null || value === undefined) gauge.remove();
  else gauge.set(value);
}
