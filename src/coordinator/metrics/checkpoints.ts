import type { Counter, Gauge } from 'prom-client';
import type { Durations } from '../../shared/metrics/duration-histogram.ts';
import { type MetricSet, show } from '../../shared/metrics/metric-set.ts';
import type { RunEvent } from '../progress/events.ts';

/** The newest checkpoint when a run is opened. */
export interface OnDisk {
  readonly step: number;
  /** Milliseconds since 1970; null: unknown. */
  readonly time: number | null;
  readonly bytes: number | null;
}

/** What would be left of the run if all its processes were gone. */
export class CheckpointMetrics {
  readonly #now: () => number;
  readonly #written: Counter<never>;
  readonly #failed: Counter<never>;
  readonly #skipped: Counter<never>;
  readonly #seconds: Durations;
  readonly #bytes: Gauge<never>;
  readonly #step: Gauge<never>;
  readonly #at: Gauge<never>;
  readonly #waiting: Gauge<never>;

  constructor(set: MetricSet, now: () => number) {
    this.#now = now;
    this.#written = set.counter('checkpoints_total', 'Checkpoints written.');
    this.#failed = set.counter('checkpoint_failures_total', 'Checkpoints that the disk would not take.');
    this.#skipped = set.counter(
      'checkpoints_skipped_total',
      'Checkpoints that newer ones overtook on their way to the disk.',
    );
    this.#seconds = set.histogram('checkpoint_write_seconds', 'Writing a checkpoint, until it was on the disk.');
    this.#bytes = set.gauge('checkpoint_bytes', 'Size of the newest checkpoint.');
    this.#step = set.gauge('checkpoint_step', 'Committed steps that the newest checkpoint holds.');
    this.#at = set.gauge('checkpoint_timestamp_seconds', 'When the newest checkpoint was written.');
    this.#waiting = set.gauge('checkpoints_waiting', 'Checkpoints that wait to be written.');
  }

  opened(checkpoint: OnDisk | null): void {
    if (checkpoint === null) return;
    this.#step.set(checkpoint.step);
    show(this.#at, checkpoint.time === null ? null : checkpoint.time / 1000);
    show(this.#bytes, checkpoint.bytes);
  }

  observe(event: RunEvent): void {
    if (event.type === 'warning') {
      if (event.about === 'checkpointFailed') this.#failed.inc();
      else if (event.about === 'checkpointSkipped') this.#skipped.inc();
      return;
    }
    if (event.type !== 'checkpoint') return;
    this.#written.inc();
    this.#step.set(event.step);
    this.#at.set(this.#now() / 1000);
    this.#bytes.set(event.bytes);
    this.#seconds.observe(event.seconds);
  }

  look({ checkpointsWaiting }: { readonly checkpointsWaiting: number }): void {
    this.#waiting.set(checkpointsWaiting);
  }
}
