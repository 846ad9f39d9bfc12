import { datasetMetadata } from '../../shared/checkpoint/dataset.ts';
import { jobFingerprint } from '../../shared/checkpoint/fingerprint.ts';
import { decodeState, encodeWithDigests, restoreState, type StateLayout } from '../../shared/checkpoint/state.ts';
import { type StateDigests, stateDigests } from '../../shared/checkpoint/state-digest.ts';
import { weightsDigest } from '../../shared/checkpoint/weights-digest.ts';
import { initialiseBuffers, initialiseParameters } from '../../shared/network/initialise.ts';
import { TAIL_SCALARS } from '../../shared/network/layout.ts';
import { AVERAGE } from '../../engine/optimizer/average.ts';
import { clipFactor, type GradientNorm } from '../../engine/optimizer/gradient-norm.ts';
import { gradientScale, type Optimizer, type OptimizerVectors } from '../../engine/optimizer/optimizer.ts';
import { learningRate, scheduled } from '../../engine/optimizer/schedule.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import { positionOf } from '../../shared/plan/schedule.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import { type Double, other, type ReplicaMemory, type Side } from '../assignment/memory.ts';
import { RunningStatistics } from './running-statistics.ts';

/** Sums of a committed step over the global batch. */
export interface StepSums {
  readonly lossSum: number;
  readonly correct: number;
  readonly samples: number;
  /** Somebody asked to stop after this step. */
  readonly stop: boolean;
  /** Of the mean gradient, before it was clipped. */
  readonly gradientNorm: number;
}

/** What a session does with a replica. */
export type SessionReplica = Pick<Replica, keyof Replica>;

/**
 * This worker's copy of the model and of the optimizer's state. A step writes the side that is not committed, bucket by
 * bucket; the commit makes that side the committed one. Until then nothing of the step is visible.
 */
export class Replica {
  readonly memory: ReplicaMemory;
  readonly #blueprint: Blueprint;
  readonly #optimizer: Optimizer;
  readonly #gradientNorm: GradientNorm;
  readonly #statistics: RunningStatistics;
  #side: Side = 0;
  #committed = 0;
  #fingerprint: string | null = null;

  constructor(blueprint: Blueprint, memory: ReplicaMemory, optimizer: Optimizer, gradientNorm: GradientNorm) {
    this.#blueprint = blueprint;
    this.memory = memory;
    this.#optimizer = optimizer;
    this.#gradientNorm = gradientNorm;
    this.#statistics = new RunningStatistics(blueprint.network);
  }

  /** The moving average of the weights; null: the job wants none. */
  get averaged(): Double<Float32Array> | null {
    const index = this.#optimizer.moments.indexOf(AVERAGE);
    const [a, b] = this.memory.moments;
    return index < 0 ? null : [a[index]!, b[index]!];
  }

  /** Committed steps. */
  get committed(): number {
    return this.#committed;
  }

  /** The side that holds the committed state. */
  get side(): Side {
    return this.#side;
  }

  /** The state before the first step, whatever was here before. */
  initialise(): void {
    const { network, job } = this.#blueprint;
    for (const moment of this.memory.moments[this.#side]) moment.fill(0);
    this.#committed = 0;
    initialiseParameters(network, job.seed, this.memory.parameters[this.#side]);
    initialiseBuffers(network, this.memory.buffers[this.#side]);
    this.#beginAverage();
    this.#equalSides();
  }

  /** From the bytes of a checkpoint file. @throws GradsocketError where they are damaged or those of another model */
  restore(bytes: Uint8Array, source: string): void {
    const checkpoint = decodeState(bytes, source);
    const { parameters, buffers, moments } = this.memory;
    const side = this.#side;
    // Before the first step there is no state of the optimizer: a run that begins with given weights brings none.
    const first = checkpoint.step === 0;
    if (first) for (const moment of moments[side]) moment.fill(0);
    const layout = first ? { ...this.#stateLayout(), optimizer: [] } : this.#stateLayout();
    restoreState(checkpoint, layout, {
      parameters: parameters[side],
      buffers: buffers[side],
      optimizer: this.#named(moments[side]),
    });
    this.#committed = checkpoint.step;
    if (first) this.#beginAverage();
    this.#equalSides();
  }

  learningRate(step: number): number {
    const { job, plan } = this.#blueprint;
    return learningRate(job, plan, step);
  }

  /**
   * The gradients of `bucket` are reduced into `result`; buckets come in order. Writes the next parameters: those of the
   * bucket, or, where gradients are clipped, all when the last bucket is there and the norm of the whole known. Where classes
   * have weights, the commit writes them: by what the sum is to be divided stands at its tail.
   */
  apply(step: number, bucket: number, result: Float32Array): void {
    const { job, buckets, dataset } = this.#blueprint;
    this.#gradientNorm.add(buckets.parameters[bucket]!, result);
    if (dataset.classWeights !== undefined) return;
    const mean = gradientScale(this.#samplesOf(step));
    if (job.clipNorm === null) return this.#update(step, buckets.ranges[bucket]!, result, mean);
    const count = buckets.parameters.length;
    if (bucket < count - 1) return;
    this.#updateAll(step, result, mean);
  }

  /** The whole of `step` is reduced into `result` and applied: make it the committed state. */
  commit(step: number, result: Float32Array): StepSums {
    const { layout, dataset } = this.#blueprint;
    const scalar = (name: keyof typeof TAIL_SCALARS) => result[layout.scalars + TAIL_SCALARS[name]]!;
    const weighted = dataset.classWeights !== undefined;
    // A batch of classes that do not count has nothing to learn from.
    const divisor = weighted ? scalar('weights') : this.#samplesOf(step);
    const mean = weighted && divisor === 0 ? 0 : gradientScale(divisor);
    if (weighted) this.#updateAll(step, result, mean);
    const next = other(this.#side);
    const sums = result.subarray(layout.statistics, layout.scalars);
    this.#statistics.update(this.memory.buffers[this.#side], sums, this.#samplesOf(step), this.memory.buffers[next]);
    this.#side = next;
    this.#committed = step + 1;
    return {
      // Over the samples it is the weighted mean, as PyTorch takes it.
      lossSum: weighted ? scalar('lossSum') * mean * scalar('samples') : scalar('lossSum'),
      correct: scalar('correct'),
      samples: scalar('samples'),
      stop: scalar('stop') > 0,
      gradientNorm: this.#gradientNorm.norm(mean),
    };
  }

  /** The whole of `step`, as another worker reduced it: the same arithmetic as in a step of our own, hence the same bits. */
  applyReduced(step: number, reduced: Float32Array): StepSums {
    if (step !== this.#committed)
      throw new Error(`step ${step} cannot be applied to the state after ${this.#committed}`);
    for (const bucket of this.#blueprint.buckets.parameters.keys()) this.apply(step, bucket, reduced);
    return this.commit(step, reduced);
  }

  /** `weightsDigest` of the committed parameters. */
  digest(): string {
    return weightsDigest(this.#blueprint.layout.parameters, this.memory.parameters[this.#side]);
  }

  /** Digests of all that is committed: weights, statistics, the optimizer's vectors. */
  digests(): StateDigests {
    const { parameters, buffers, moments } = this.memory;
    const side = this.#side;
    const committed = { parameters: parameters[side], buffers: buffers[side], optimizer: moments[side] };
    return stateDigests(this.#blueprint.layout, committed);
  }

  /** The committed state as a checkpoint file, with its digests: a copy, so training may go on. */
  snapshot(): { readonly step: number; readonly file: Uint8Array<ArrayBuffer>; readonly digests: StateDigests } {
    const { job, dataset } = this.#blueprint;
    const side = this.#side;
    const step = this.#committed;
    const vectors = {
      parameters: this.memory.parameters[side],
      buffers: this.memory.buffers[side],
      optimizer: this.#named(this.memory.moments[side]),
    };
    const position = { step, seed: job.seed, fingerprint: this.#jobFingerprint() };
    return { step, ...encodeWithDigests(this.#stateLayout(), vectors, position, datasetMetadata(dataset)) };
  }

  /** The same all along, and taken only once. */
  #jobFingerprint(): string {
    const { job, dataset, microbatches } = this.#blueprint;
    this.#fingerprint ??= jobFingerprint(job, { datasetDigest: dataset.digest, microbatches });
    return this.#fingerprint;
  }

  /** An average of the weights begins with the first ones. */
  #beginAverage(): void {
    this.averaged?.[this.#side].set(this.memory.parameters[this.#side]);
  }

  /** No step writes frozen parameters, nor their average, so they must be on both sides from the beginning. */
  #equalSides(): void {
    for (const sides of [this.memory.parameters, this.averaged]) {
      sides?.[other(this.#side)].set(sides[this.#side]);
    }
  }

  /** The whole gradient, clipped where it is to be. */
  #updateAll(step: number, gradient: Float32Array, mean: number): void {
    const { job, buckets } = this.#blueprint;
    const factor = job.clipNorm === null ? 1 : clipFactor(this.#gradientNorm.norm(mean), job.clipNorm);
    for (const range of buckets.ranges.slice(0, buckets.parameters.length)) {
      this.#update(step, range, gradient, mean * factor);
    }
  }

  #update(step: number, range: Range, gradient: Float32Array, scale: number): void {
    const { job, plan } = this.#blueprint;
    this.#optimizer.apply(range, {
      gradient,
      gradientScale: scale,
      current: this.#vectors(this.#side),
      next: this.#vectors(other(this.#side)),
      step,
      ...scheduled(job, plan, step),
    });
  }

  #stateLayout(): StateLayout {
    const { parameters, buffers } = this.#blueprint.layout;
    return { parameters, buffers, optimizer: this.#optimizer.moments };
  }

  #named(moments: readonly Float32Array[]): Map<string, Float32Array> {
    return new Map(this.#optimizer.moments.map((name, index) => [name, moments[index]!]));
  }

  #vectors(side: Side): OptimizerVectors {
    return { parameters: this.memory.parameters[side], moments: this.memory.moments[side] };
  }

  /** Samples of the step's global batch, as the plan says: known before the tail has arrived. */
  #samplesOf(step: number): number {
    const { start, end } = positionOf(this.#blueprint.plan, step);
    return end - start;
  }
}
