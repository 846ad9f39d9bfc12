import { resolveJob } from '../../shared/job/resolve.ts';
import type { Job } from '../../shared/job/schema.ts';
import type { Kernels } from '../../collective/kernels/kernels.ts';
import type { StepVectorLayout } from '../../shared/network/layout.ts';
import type { Network } from '../../shared/network/network.ts';
import { createOptimizer } from '../../engine/optimizer/create.ts';
import { gradientScale, type Optimizer } from '../../engine/optimizer/optimizer.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import {
  type Allocate,
  allocateReplica,
  other,
  type ReplicaMemory,
  type Side,
} from '../../worker/assignment/memory.ts';

/** A model that is trained by one loop on one thread: nothing is summed, sent or recorded. */
export class PlainReplica {
  readonly #memory: ReplicaMemory;
  readonly #optimizer: Optimizer;
  readonly #range: Range;
  readonly #rate: { readonly learningRate: number; readonly momentum: number };
  #side: Side = 0;
  #step = 0;

  constructor(job: Job, network: Network, layout: StepVectorLayout, kernels: Kernels, allocate: Allocate) {
    this.#optimizer = createOptimizer(job, network, kernels);
    this.#memory = allocateReplica(allocate, layout, this.#optimizer.moments.length);
    this.#range = { start: 0, end: layout.parameters.length };
    const { lr, momentum } = resolveJob(job);
    this.#rate = { learningRate: lr, momentum };
  }

  get parameters(): Float32Array {
    return this.#memory.parameters[this.#side];
  }

  get buffers(): Float32Array {
    return this.#memory.buffers[this.#side];
  }

  /** Makes the next parameters out of sums of gradients over so many samples; the rate stays what it is. */
  update(gradient: Float32Array, samples: number): void {
    const { parameters, moments } = this.#memory;
    const vectors = (side: Side) => ({ parameters: parameters[side], moments: moments[side] });
    this.#optimizer.apply(this.#range, {
      gradient,
      gradientScale: gradientScale(samples),
      current: vectors(this.#side),
      next: vectors(other(this.#side)),
      step: this.#step,
      ...this.#rate,
    });
    this.#step++;
    this.#side = other(this.#side);
  }
}
