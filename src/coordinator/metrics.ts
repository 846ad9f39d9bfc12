import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { PROTOCOL_VERSION } from '../shared/protocol/shared.ts';
import type { RunEvent } from './progress/events.ts';
import type { ShownState } from './membership/member.ts';

const WORKER_STATES: readonly ShownState[] = [
  'preparing',
  'ready',
  'spare',
  'healing',
  'training',
  'halted',
  'away',
  'leaving',
  'done',
];
/** From a small CNN's step on eight digits to a ResNet's on a laptop. */
const STEP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** More workers than this share the label `other`, so that a series stays cheap however many come and go. */
const NAMED_WORKERS = 64;

/** All metrics of the coordinator, on a registry of its own. Others know the verbs only. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #named = new Set<string>();

  readonly #images = this.#counter('images_total', 'Training samples of committed steps.');
  readonly #steps = this.#counter('steps_total', 'Committed steps.');
  readonly #epoch = this.#gauge('epoch', 'Epoch of the newest committed step, counted from 0.');
  readonly #trainLoss = this.#gauge('train_loss', 'Mean loss of the newest global batch.');
  readonly #trainAccuracy = this.#gauge('train_accuracy', 'Share of the newest global batch that was right.');
  readonly #validationLoss = this.#gauge('validation_loss', 'Mean loss of the newest evaluation.');
  readonly #validationAccuracy = this.#gauge('validation_accuracy', 'Share of the newest evaluation that was right.');
  readonly #learningRate = this.#gauge('learning_rate', 'Learning rate of the newest step.');
  readonly #gradientNorm = this.#gauge('gradient_norm', 'Norm of the newest mean gradient, before clipping.');
  readonly #imagesPerSecond = this.#gauge('images_per_second', 'Training samples a second, over the last few seconds.');
  readonly #checkpoints = this.#counter('checkpoints_total', 'Checkpoints written.');
  readonly #lost = this.#counter('workers_lost_total', 'Workers that were lost before the run was over.');
  readonly #healed = this.#counter('workers_healed_total', 'Workers that got the state of the run from another one.');
  readonly #generation = this.#gauge(
    'generation',
    'Number of the set of workers that trains; grows when the set changes.',
  );
  readonly #dataBytes = this.#counter('data_bytes_sent_total', 'Bytes of encoded samples sent to workers.');
  readonly #workers = this.#gauge('workers', 'Workers, by state.', ['state'] as const);
  readonly #bytesSent = this.#counter('bytes_sent_total', 'Gradient bytes sent, by worker.', ['worker'] as const);
  readonly #bytesReceived = this.#counter('bytes_received_total', 'Gradient bytes received, by worker.', [
    'worker',
  ] as const);
  readonly #microbatches = this.#gauge('microbatches', 'Microbatches of a step, by the worker that computes them.', [
    'worker',
  ] as const);
  readonly #errors = this.#counter('protocol_errors_total', 'Connections refused or ended for what the peer did.', [
    'reason',
  ] as const);
  readonly #stepSeconds = this.#histogram('step_duration_seconds', 'From one committed step to the next.');
  readonly #allReduceSeconds = this.#histogram(
    'all_reduce_seconds',
    'From the last gradient of a step until its whole sum was there, over all workers.',
  );
  readonly #phaseSeconds = this.#histogram('step_phase_seconds', 'What a step spends its time on, by worker.', [
    'phase',
    'worker',
  ] as const);

  constructor(version: string) {
    collectDefaultMetrics({ register: this.#registry });
    // Their names end in a unit that they are not in, which promtool's lint refuses.
    for (const name of ['handles', 'requests', 'resources']) {
      this.#registry.removeSingleMetric(`nodejs_active_${name}`);
      this.#registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
    this.#gauge('build_info', 'Always 1; the labels say what runs here.', ['version', 'protocol'] as const).set(
      { version, protocol: String(PROTOCOL_VERSION) },
      1,
    );
  }

  observe(event: RunEvent): void {
    switch (event.type) {
      case 'step':
        this.#images.inc(event.samples);
        this.#steps.inc();
        this.#epoch.set(event.epoch);
        this.#trainLoss.set(event.loss);
        this.#trainAccuracy.set(event.accuracy);
        this.#learningRate.set(event.learningRate);
        this.#gradientNorm.set(event.gradientNorm);
        this.#imagesPerSecond.set(event.imagesPerSecond);
        this.#stepSeconds.observe(event.seconds);
        return;
      case 'workerStep': {
        const worker = this.#label(event.worker);
        const { data, compute, allReduce, optimizer } = event.times;
        for (const [phase, seconds] of Object.entries({ data, compute, allReduce, optimizer })) {
          this.#phaseSeconds.observe({ phase: phase === 'allReduce' ? 'all_reduce' : phase, worker }, seconds);
        }
        this.#allReduceSeconds.observe(allReduce);
        this.#bytesSent.inc({ worker }, event.bytesSent);
        this.#bytesReceived.inc({ worker }, event.bytesReceived);
        return;
      }
      case 'evaluation':
        this.#validationLoss.set(event.loss);
        this.#validationAccuracy.set(event.accuracy);
        return;
      case 'checkpoint':
        this.#checkpoints.inc();
        return;
      case 'workerLost':
        this.#lost.inc();
        return;
      case 'workerHealed':
        this.#healed.inc();
        return;
      case 'generation':
        this.#generation.set(event.generation);
        this.#microbatches.reset();
        for (const { worker, microbatches } of event.shares) {
          this.#microbatches.inc({ worker: this.#label(worker) }, microbatches);
        }
        return;
      case 'listening':
      case 'dataset':
      case 'resumed':
      case 'workerJoined':
      case 'workerAway':
      case 'workerBack':
      case 'workerLeaving':
      case 'workerLeft':
      case 'warning':
      case 'stopping':
      case 'finished':
      case 'failed':
        return;
    }
  }

  /** `reason`: one of a small fixed set. */
  turnedAway(reason: string): void {
    this.#errors.inc({ reason });
  }

  samplesSent(bytes: number): void {
    this.#dataBytes.inc(bytes);
  }

  membership(workers: readonly ShownState[]): void {
    for (const state of WORKER_STATES) {
      this.#workers.set({ state }, workers.filter((shown) => shown === state).length);
    }
  }

  /** The text that Prometheus scrapes, and its content type. */
  async expose(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #label(worker: string): string {
    if (this.#named.has(worker)) return worker;
    if (this.#named.size >= NAMED_WORKERS) return 'other';
    this.#named.add(worker);
    return worker;
  }

  #counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name: `gradsocket_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name: `gradsocket_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Histogram<L> {
    return new Histogram({
      name: `gradsocket_${name}`,
      help,
      labelNames,
      buckets: STEP_SECONDS,
      registers: [this.#registry],
    });
  }
}
