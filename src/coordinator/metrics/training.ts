import type { Counter, Gauge } from 'prom-client';
import type { Durations } from '../../shared/metrics/duration-histogram.ts';
import { type MetricSet, show } from '../../shared/metrics/metric-set.ts';
import type { RunStatus } from '../http/status.ts';
import type { RunEvent } from '../progress/events.ts';
import type { RunHistory } from '../progress/history.ts';

type StepEvent = Extract<RunEvent, { readonly type: 'step' }>;

/** How far the run has come, how fast, and what it has learned. */
export class TrainingMetrics {
  readonly #now: () => number;
  readonly #images: Counter<never>;
  readonly #steps: Counter<never>;
  readonly #epochs: Counter<never>;
  readonly #step: Gauge<never>;
  readonly #epoch: Gauge<never>;
  readonly #trainLoss: Gauge<never>;
  readonly #trainAccuracy: Gauge<never>;
  readonly #validationLoss: Gauge<never>;
  readonly #validationAccuracy: Gauge<never>;
  readonly #validationStep: Gauge<never>;
  readonly #learningRate: Gauge<never>;
  readonly #gradientNorm: Gauge<never>;
  readonly #imagesPerSecond: Gauge<never>;
  readonly #stepSeconds: Durations;
  readonly #lastStepSeconds: Gauge<never>;
  readonly #lastStepAt: Gauge<never>;
  readonly #evaluationSeconds: Durations;
  /** The newest step of this process, and when it was committed. */
  #last: { readonly event: StepEvent; readonly at: number } | null = null;
  #epochsDone = 0;

  constructor(set: MetricSet, now: () => number) {
    this.#now = now;
    this.#images = set.counter('images_total', 'Training samples of committed steps, of all parts of the run.');
    this.#steps = set.counter('steps_total', 'Committed steps, of all parts of the run.');
    this.#epochs = set.counter('epochs_total', 'Complete epochs, of all parts of the run.');
    // A run that goes on does not begin at 0: before its record is read, nothing is known of it.
    for (const counter of [this.#images, this.#steps, this.#epochs]) counter.remove();
    this.#step = set.gauge(
      'step',
      'Committed steps that the run stands at: after all workers were lost, fewer than before.',
    );
    this.#epoch = set.gauge('epoch', 'Epoch of the newest committed step, counted from 0.');
    this.#trainLoss = set.gauge('train_loss', 'Mean loss of the newest global batch.');
    this.#trainAccuracy = set.gauge('train_accuracy', 'Share of the newest global batch that was right.');
    this.#validationLoss = set.gauge('validation_loss', 'Mean loss of the newest evaluation.');
    this.#validationAccuracy = set.gauge('validation_accuracy', 'Share of the newest evaluation that was right.');
    this.#validationStep = set.gauge('validation_step', 'Committed steps after which the newest evaluation was.');
    this.#learningRate = set.gauge('learning_rate', 'Learning rate of the newest step.');
    this.#gradientNorm = set.gauge('gradient_norm', 'Norm of the newest mean gradient, before clipping.');
    this.#imagesPerSecond = set.gauge(
      'images_per_second',
      'Training samples a second, over the last few seconds; falls while no step is committed.',
    );
    this.#stepSeconds = set.histogram('step_duration_seconds', 'From one committed step to the next.');
    this.#lastStepSeconds = set.gauge('last_step_duration_seconds', 'How long the newest step took.');
    this.#lastStepAt = set.gauge('last_step_timestamp_seconds', 'When the newest step was committed.');
    this.#evaluationSeconds = set.histogram('evaluation_duration_seconds', 'From a committed step to its evaluation.');
  }

  opened({
    history,
    steps,
  }: {
    readonly history: Pick<RunHistory, 'lastStep' | 'lastEvaluation' | 'samples'>;
    readonly steps: number;
  }): void {
    this.#steps.inc(steps);
    this.#images.inc(history.samples);
    const { lastStep, lastEvaluation } = history;
    if (lastStep !== null) {
      this.#learned(lastStep);
      this.#lastStepAt.set(Date.parse(lastStep.time) / 1000);
      this.#lastStepSeconds.set(lastStep.seconds);
    }
    if (lastEvaluation !== null) this.#evaluated(lastEvaluation);
  }

  observe(event: RunEvent): void {
    if (event.type === 'step') {
      const at = this.#now();
      this.#last = { event, at };
      this.#images.inc(event.samples);
      this.#steps.inc();
      this.#learned(event);
      this.#stepSeconds.observe(event.seconds);
      this.#lastStepSeconds.set(event.seconds);
      this.#lastStepAt.set(at / 1000);
    } else if (event.type === 'evaluation') {
      this.#evaluated(event);
      // One that is made up for later began nobody knows when.
      if (this.#last?.event.step === event.step) this.#evaluationSeconds.observe((this.#now() - this.#last.at) / 1000);
    }
  }

  look(status: RunStatus): void {
    if (status.state === 'opening') return;
    this.#step.set(status.step);
    this.#epochs.inc(Math.max(0, status.epoch - this.#epochsDone));
    this.#epochsDone = Math.max(status.epoch, this.#epochsDone);
    const over = status.state === 'finished' || status.state === 'failed';
    show(this.#imagesPerSecond, over ? 0 : this.#pace());
  }

  /** Since the newest step at most one more batch could have been done. Null: there was no step yet. */
  #pace(): number | null {
    if (this.#last === null) return null;
    const { event, at } = this.#last;
    const since = (this.#now() - at) / 1000;
    return since > 0 ? Math.min(event.imagesPerSecond, event.samples / since) : event.imagesPerSecond;
  }

  #learned({
    epoch,
    loss,
    accuracy,
    learningRate,
    gradientNorm,
  }: Pick<StepEvent, 'epoch' | 'loss' | 'accuracy' | 'learningRate' | 'gradientNorm'>): void {
    this.#epoch.set(epoch);
    this.#trainLoss.set(loss);
    this.#trainAccuracy.set(accuracy);
    this.#learningRate.set(learningRate);
    this.#gradientNorm.set(gradientNorm);
  }

  #evaluated({
    step,
    loss,
    accuracy,
  }: {
    readonly step: number;
    readonly loss: number;
    readonly accuracy: number;
  }): void {
    this.#validationLoss.set(loss);
    this.#validationAccuracy.set(accuracy);
    this.#validationStep.set(step);
  }
}
