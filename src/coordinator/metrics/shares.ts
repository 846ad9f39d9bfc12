import type { Counter, Gauge } from 'prom-client';
import type { Durations } from '../../shared/metrics/duration-histogram.ts';
import { type MetricSet, show } from '../../shared/metrics/metric-set.ts';
import type { StepTimes } from '../../shared/protocol/shared.ts';
import type { RunStatus } from '../http/status.ts';
import type { RunEvent } from '../progress/events.ts';

/** Phases of a step in the order in which they come, with the names that they have here. */
const PHASES = [
  ['data', 'data'],
  ['compute', 'compute'],
  ['allReduce', 'all_reduce'],
  ['optimizer', 'optimizer'],
  ['commit', 'commit'],
] as const satisfies readonly (readonly [keyof StepTimes, string])[];

/** More workers than this share the label `other`, so that a series stays cheap however many there are. */
const NAMED_WORKERS = 64;
const OTHER = 'other';

/** How much of the newest steps counts for how long a worker computes. */
const NEWEST = 0.2;

type WorkerStep = Extract<RunEvent, { readonly type: 'workerStep' }>;
type Vitals = NonNullable<WorkerStep['vitals']>;

/** What the steps of one worker came to: added up here, and given to Prometheus when it asks. */
interface Tally {
  readonly seconds: Float64Array;
  sent: number;
  received: number;
  reduce: number;
  /** Seconds until its own microbatches are computed, evened out; null: none was reported. */
  busy: number | null;
  vitals: Vitals | null;
}

/** What each worker spends its steps on, and what it has of the work. */
export class ShareMetrics {
  readonly #tallies = new Map<string, Tally>();
  readonly #phases: readonly Durations[];
  readonly #allReduce: Durations;
  readonly #seconds: Counter<'worker' | 'phase'>;
  readonly #bytesSent: Counter<'worker'>;
  readonly #bytesReceived: Counter<'worker'>;
  readonly #reduceSeconds: Counter<'worker'>;
  readonly #bandwidth: Gauge<never>;
  readonly #microbatches: Gauge<'worker'>;
  readonly #share: Gauge<'worker'>;
  readonly #straggler: Gauge<never>;
  readonly #step: Gauge<'worker'>;
  readonly #behind: Gauge<'worker'>;
  readonly #info: Gauge<'worker' | 'version' | 'engine' | 'device'>;
  readonly #cpu: Counter<'worker'>;
  readonly #memory: Gauge<'worker'>;
  readonly #lag: Gauge<'worker'>;
  #newest = { bytes: 0, seconds: 0 };

  constructor(set: MetricSet) {
    const phases = set.histogram('step_phase_seconds', 'What a step spends its time on, at each worker.', 'phase');
    this.#phases = PHASES.map(([, phase]) => phases.labels(phase));
    this.#allReduce = set.histogram(
      'all_reduce_seconds',
      'From the last gradient of a step until its whole sum was there, over all workers.',
    );
    this.#seconds = set.counter('worker_phase_seconds_total', 'What a worker spent its steps on.', ['worker', 'phase']);
    this.#bytesSent = set.counter('bytes_sent_total', 'Gradient bytes sent, by worker.', ['worker']);
    this.#bytesReceived = set.counter('bytes_received_total', 'Gradient bytes received, by worker.', ['worker']);
    this.#reduceSeconds = set.counter(
      'worker_all_reduce_seconds_total',
      'From the first gradient that a worker sent of a step until the whole sum was there, also while it computed.',
      ['worker'],
    );
    this.#bandwidth = set.gauge(
      'all_reduce_bytes_per_second',
      'Bytes that a worker sent and received in the all-reduce of its newest step, by the time that it took.',
    );
    this.#microbatches = set.gauge('microbatches', 'Microbatches of a step, by the worker that computes them.', [
      'worker',
    ]);
    this.#share = set.gauge('microbatch_share_ratio', 'Share of the microbatches of a step that a worker computes.', [
      'worker',
    ]);
    this.#straggler = set.gauge(
      'straggler_ratio',
      'How long the slowest worker computes in a step, by the median of all: 1 where all are alike.',
    );
    this.#step = set.gauge('worker_step', 'Committed steps that a worker holds.', ['worker']);
    this.#behind = set.gauge('worker_steps_behind', 'Steps by which a worker lags behind the run.', ['worker']);
    this.#info = set.gauge('worker_info', 'Always 1; the labels say what runs at a worker.', [
      'worker',
      'version',
      'engine',
      'device',
    ]);
    this.#cpu = set.counter('worker_cpu_seconds_total', 'Processor time of a worker.', ['worker']);
    this.#memory = set.gauge('worker_resident_memory_bytes', 'Memory of a worker.', ['worker']);
    this.#lag = set.gauge(
      'worker_event_loop_lag_seconds',
      'By how much the thread that talks to others ran late, at most.',
      ['worker'],
    );
  }

  observe(event: RunEvent): void {
    if (event.type === 'workerStep') this.#stepped(event);
    else if (event.type === 'workerLost' || event.type === 'workerLeft') this.#tallies.delete(event.worker);
  }

  #stepped({ worker, times, bytesSent, bytesReceived, vitals }: WorkerStep): void {
    const tally = this.#tallies.get(worker) ?? newTally();
    this.#tallies.set(worker, tally);
    for (const [index, [phase]] of PHASES.entries()) {
      const seconds = times[phase] ?? 0;
      this.#phases[index]!.observe(seconds);
      tally.seconds[index]! += seconds;
    }
    this.#allReduce.observe(times.allReduce);
    tally.sent += bytesSent;
    tally.received += bytesReceived;
    const { reduce = 0 } = times;
    tally.reduce += reduce;
    const busy = times.data + times.compute;
    tally.busy = tally.busy === null ? busy : tally.busy + NEWEST * (busy - tally.busy);
    if (vitals !== undefined) tally.vitals = vitals;
    if (reduce > 0 && bytesSent + bytesReceived > 0) {
      this.#newest = { bytes: bytesSent + bytesReceived, seconds: reduce };
    }
  }

  /** Workers that are gone are not shown any more: everything that has their names is set anew. */
  look(status: RunStatus): void {
    for (const metric of this.#named) metric.reset();
    show(this.#bandwidth, this.#newest.seconds > 0 ? this.#newest.bytes / this.#newest.seconds : null);
    if (status.state === 'opening') return;
    const busy: number[] = [];
    const total = status.workers.reduce((sum, { microbatches }) => sum + (microbatches ?? 0), 0);
    for (const [index, worker] of status.workers.entries()) {
      const label = index < NAMED_WORKERS ? worker.name : OTHER;
      const tally = this.#tallies.get(worker.name);
      if (tally !== undefined) {
        this.#counted(label, tally);
        if (worker.microbatches !== null && tally.busy !== null) busy.push(tally.busy);
      }
      if (worker.microbatches !== null && total > 0) {
        this.#microbatches.inc({ worker: label }, worker.microbatches);
        this.#share.inc({ worker: label }, worker.microbatches / total);
      }
      if (label === OTHER) continue;
      this.#step.set({ worker: label }, worker.step);
      this.#behind.set({ worker: label }, Math.max(0, status.step - worker.step));
      const { version, engine, device } = worker;
      this.#info.set({ worker: label, version: version ?? '', engine: engine ?? '', device: device ?? '' }, 1);
    }
    // Of two it is the faster one.
    const middle = busy.toSorted((a, b) => a - b)[Math.floor((busy.length - 1) / 2)] ?? 0;
    show(this.#straggler, middle > 0 ? Math.max(...busy) / middle : null);
  }

  #counted(worker: string, { seconds, sent, received, reduce, vitals }: Tally): void {
    for (const [index, [, phase]] of PHASES.entries()) this.#seconds.inc({ worker, phase }, seconds[index]);
    this.#bytesSent.inc({ worker }, sent);
    this.#bytesReceived.inc({ worker }, received);
    this.#reduceSeconds.inc({ worker }, reduce);
    if (vitals === null) return;
    this.#cpu.inc({ worker }, vitals.cpuSeconds);
    this.#memory.inc({ worker }, vitals.residentBytes);
    if (worker !== OTHER) this.#lag.set({ worker }, vitals.loopLagSeconds);
  }

  get #named(): readonly { reset(): void }[] {
    return [
      this.#seconds,
      this.#bytesSent,
      this.#bytesReceived,
      this.#reduceSeconds,
      this.#microbatches,
      this.#share,
      this.#step,
      this.#behind,
      this.#info,
      this.#cpu,
      this.#memory,
      this.#lag,
    ];
  }
}

function newTally(): Tally {
  return { seconds: new Float64Array(PHASES.length), sent: 0, received: 0, reduce: 0, busy: null, vitals: null };
}
