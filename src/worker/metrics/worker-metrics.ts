import type { Counter, Gauge } from 'prom-client';
import { certificateExpiry } from '../../shared/link/certificate-expiry.ts';
import type { Durations } from '../../shared/metrics/duration-histogram.ts';
import { type Exposition, type MetricSet, show, showState } from '../../shared/metrics/metric-set.ts';
import type { StepTimes } from '../../shared/protocol/shared.ts';
import type { SessionEvent } from '../session/event.ts';
import type { SessionModel } from '../session/model.ts';
import { STATES } from '../session/next.ts';
import type { GpuReading } from './gpu.ts';

/** What is of interest of a step that this worker has committed. */
export interface ObservedStep {
  /** From 0. */
  readonly step: number;
  /** Over the samples of all. */
  readonly sums: { readonly samples: number; readonly lossSum: number; readonly correct: number };
  readonly times: StepTimes;
  /** Of the all-reduce, in this step. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** What a worker's own metrics are told, on its transport thread. */
export interface WorkerObserver {
  /** After each event. */
  decided(event: SessionEvent, model: SessionModel): void;
  committed(step: ObservedStep): void;
  prepared(engine: { readonly engine: string; readonly device: string }): void;
  /** Of the engine's memory. */
  engineMemory(bytes: number): void;
}

export interface WorkerMetricsOptions {
  readonly name: string;
  readonly set: MetricSet;
  /** Empty where there is none. */
  readonly gpus: () => Promise<readonly GpuReading[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A PEM text: what it was given to show its peers. Null: none, or one of its own that lives as long as the process. */
  readonly certificate: string | null;
}

/** What a worker knows of itself. Where the coordinator is scraped, too, the names keep the two apart. */
export class WorkerMetrics implements WorkerObserver {
  readonly #options: WorkerMetricsOptions;
  readonly #state: Gauge<'state'>;
  readonly #info: Gauge<'worker' | 'engine' | 'device'>;
  readonly #step: Gauge<never>;
  readonly #steps: Counter<never>;
  readonly #lastStep: Gauge<never>;
  readonly #generation: Gauge<never>;
  readonly #microbatches: Gauge<never>;
  readonly #workers: Gauge<never>;
  readonly #bytes: Counter<'direction'>;
  readonly #bandwidth: Gauge<never>;
  readonly #reduceSeconds: Counter<never>;
  readonly #connectionsLost: Counter<'to'>;
  readonly #healed: Counter<never>;
  readonly #unrecorded: Gauge<never>;
  readonly #engineMemory: Gauge<never>;
  readonly #gpuUse: Gauge<'gpu'>;
  readonly #gpuUsed: Gauge<'gpu'>;
  readonly #gpuSize: Gauge<'gpu'>;
  readonly #stepSeconds: Durations;
  /** By phase, looked up once: a step observes each of them. */
  readonly #phases: Readonly<Record<'data' | 'compute' | 'allReduce' | 'optimizer' | 'commit', Durations>>;
  #model: SessionModel | null = null;

  constructor(options: WorkerMetricsOptions) {
    this.#options = options;
    const { set } = options;
    this.#state = set.gauge('replica_state', 'What this worker does: 1 for the state that it is in.', ['state']);
    this.#info = set.gauge('replica_info', 'Always 1; the labels say with what this worker computes.', [
      'worker',
      'engine',
      'device',
    ]);
    this.#step = set.gauge('replica_step', 'Committed steps that this worker holds, of all parts of the run.');
    this.#steps = set.counter('replica_steps_total', 'Steps that this process has committed.');
    this.#lastStep = set.gauge('replica_last_step_timestamp_seconds', 'When this worker last committed a step.');
    this.#generation = set.gauge('replica_generation', 'Number of the newest set of workers that it heard of.');
    this.#microbatches = set.gauge('replica_microbatches', 'Microbatches of each step that this worker computes.');
    this.#workers = set.gauge('replica_workers', 'Workers that train together with it, itself included.');
    this.#bytes = set.counter('replica_gradient_bytes_total', 'Bytes of gradients that went over its links.', [
      'direction',
    ]);
    this.#reduceSeconds = set.counter(
      'replica_all_reduce_seconds_total',
      'From the first gradient that was sent of a step until its whole sum was there, also while it computed.',
    );
    this.#bandwidth = set.gauge(
      'replica_all_reduce_bytes_per_second',
      'Bytes sent and received in the all-reduce of the newest step, by the time that it took.',
    );
    this.#connectionsLost = set.counter('replica_connections_lost_total', 'Connections that broke.', ['to']);
    this.#healed = set.counter(
      'replica_healed_total',
      'States of the run that this worker took over from another one.',
    );
    this.#unrecorded = set.gauge(
      'replica_unrecorded_steps',
      'Steps that it has committed and the coordinator has not yet said to be on its disk.',
    );
    this.#engineMemory = set.gauge('engine_memory_bytes', 'Memory of the engine, where it says.');
    this.#gpuUse = set.gauge('gpu_utilization_ratio', 'Share of the time in which the GPU computed.', ['gpu']);
    this.#gpuUsed = set.gauge('gpu_memory_used_bytes', 'Memory of the GPU that is taken.', ['gpu']);
    this.#gpuSize = set.gauge('gpu_memory_bytes', 'Memory of the GPU.', ['gpu']);
    this.#stepSeconds = set.histogram('replica_step_seconds', 'From the start of a step to its commit.');
    const phase = set.histogram('replica_phase_seconds', 'What a step spends its time on here.', 'phase');
    this.#phases = {
      data: phase.labels('data'),
      compute: phase.labels('compute'),
      allReduce: phase.labels('all_reduce'),
      optimizer: phase.labels('optimizer'),
      commit: phase.labels('commit'),
    };
    const expires = set.gauge(
      'replica_certificate_expiry_timestamp_seconds',
      'When the certificate expires that this worker was given (--tls-cert); absent where it was given none.',
    );
    if (options.certificate !== null) expires.set(certificateExpiry(options.certificate));
    for (const to of ['coordinator', 'peer']) this.#connectionsLost.inc({ to }, 0);
  }

  prepared({ engine, device }: { readonly engine: string; readonly device: string }): void {
    this.#info.reset();
    this.#info.set({ worker: this.#options.name, engine, device }, 1);
  }

  engineMemory(bytes: number): void {
    this.#engineMemory.set(bytes);
  }

  decided(event: SessionEvent, model: SessionModel): void {
    this.#model = model;
    if (event.type === 'linkDown') this.#connectionsLost.inc({ to: 'coordinator' });
    else if (event.type === 'peerLost') this.#connectionsLost.inc({ to: 'peer' });
    else if (event.type === 'restored') this.#healed.inc();
  }

  committed({ times, bytesSent, bytesReceived }: ObservedStep): void {
    this.#steps.inc();
    this.#lastStep.set(this.#options.now() / 1000);
    this.#stepSeconds.observe(times.total);
    this.#phases.data.observe(times.data);
    this.#phases.compute.observe(times.compute);
    this.#phases.allReduce.observe(times.allReduce);
    this.#phases.optimizer.observe(times.optimizer);
    this.#phases.commit.observe(times.commit ?? 0);
    this.#bytes.inc({ direction: 'sent' }, bytesSent);
    this.#bytes.inc({ direction: 'received' }, bytesReceived);
    const { reduce = 0 } = times;
    this.#reduceSeconds.inc(reduce);
    if (reduce > 0) this.#bandwidth.set((bytesSent + bytesReceived) / reduce);
  }

  /** Whether it has a part in the run, or could have one. */
  get ready(): boolean {
    const name = this.#model?.state.name;
    return name !== undefined && name !== 'joining' && name !== 'preparing' && name !== 'left';
  }

  async expose(): Promise<Exposition> {
    const model = this.#model;
    if (model !== null) this.#look(model);
    const gpus = await this.#options.gpus();
    for (const gauge of [this.#gpuUse, this.#gpuUsed, this.#gpuSize]) gauge.reset();
    for (const { gpu, utilization, usedBytes, totalBytes } of gpus) {
      if (utilization !== null) this.#gpuUse.set({ gpu }, utilization);
      if (usedBytes !== null) this.#gpuUsed.set({ gpu }, usedBytes);
      if (totalBytes !== null) this.#gpuSize.set({ gpu }, totalBytes);
    }
    return this.#options.set.expose();
  }

  #look({ state, run, committed, generation, recorded }: SessionModel): void {
    showState(this.#state, STATES, state.name);
    show(this.#step, run === null ? null : committed);
    show(this.#generation, generation === 0 ? null : generation);
    show(this.#unrecorded, run === null ? null : Math.max(0, committed - recorded.steps));
    const seat = 'seat' in state ? state.seat : null;
    const range = seat?.microbatches?.[seat.rank];
    show(this.#microbatches, range === undefined ? null : range[1] - range[0]);
    show(this.#workers, seat?.members.length);
  }
}
