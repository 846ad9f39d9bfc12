import { TAIL_SCALARS, sizeOf } from '../../shared/network/layout.ts';
import { isLookedInto } from '../../shared/plan/looks.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import type { InspectedActivation, Inspection } from '../../shared/protocol/inspection.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { ReadableReplica } from '../messages/to-engine.ts';
import { other, type Side } from '../assignment/memory.ts';
import type { Programs } from './programs.ts';
import type { Microbatch } from './samples.ts';
import { lookAtActivation } from '../looking/activations.ts';
import { lookAtLayers } from '../looking/layers.ts';

/** Images whose activations are looked at. */
const MOST_IMAGES = 16;

type Kept = Pick<Microbatch, 'count' | 'images' | 'masks'>;

/**
 * Looks inside the network after some steps. Whoever holds the first microbatch does it, so that every number of workers sees the same: what the
 * step's own gradient and update were, and what the weights that it began with made of its first images. It reads what training has
 * written, between two steps, and writes none of it.
 */
export class Inspector {
  readonly #blueprint: Blueprint;
  readonly #programs: Pick<Programs, 'observing'>;
  /** Nodes of activations. */
  readonly #observed: readonly number[];
  #kept: Kept | null = null;

  constructor(blueprint: Blueprint, programs: Pick<Programs, 'observing'>) {
    this.#blueprint = blueprint;
    this.#programs = programs;
    this.#observed = activationsOf(blueprint);
  }

  /** A microbatch is about to be computed; its memory is used again before its step is committed. */
  take({ step, microbatch, count, images, masks }: Microbatch): void {
    const { job, plan, network } = this.#blueprint;
    if (microbatch !== 0 || count === 0 || !isLookedInto(job.inspect, step + 1, totalSteps(plan))) return;
    const samples = Math.min(count, MOST_IMAGES);
    this.#kept = {
      count: samples,
      images: images.slice(0, samples * sizeOf(network.input)),
      masks: masks.map((mask, index) => mask.slice(0, samples * sizeOf(network.masks[index]!.shape))),
    };
  }

  /** Whether something of the running step was taken. */
  get isDue(): boolean {
    return this.#kept !== null;
  }

  /** The step of what was taken is committed. `reduced`: its sums over the batch. */
  async look(step: number, side: Side, replica: ReadableReplica, reduced: Float32Array): Promise<Inspection> {
    const kept = this.#kept!;
    this.#kept = null;
    const { network, layout, dataset } = this.#blueprint;
    const before = other(side);
    const divisor = reduced[layout.scalars + TAIL_SCALARS[dataset.classWeights === undefined ? 'samples' : 'weights']]!;
    const layers = lookAtLayers(network, layout.parameters.spans, {
      before: replica.parameters[before],
      after: replica.parameters[side],
      gradient: reduced,
      scale: divisor === 0 ? 0 : 1 / divisor,
    });
    const activations = await this.#activations(kept, replica, before);
    return { step: step + 1, layers, activations, images: kept.count };
  }

  async #activations(
    { count, images, masks }: Kept,
    replica: ReadableReplica,
    side: Side,
  ): Promise<InspectedActivation[]> {
    const { network } = this.#blueprint;
    if (this.#observed.length === 0) return [];
    const program = await this.#programs.observing(count, this.#observed);
    const labels = new Int32Array(count);
    const inputs = { images, labels, masks, parameters: replica.parameters[side], buffers: replica.buffers[side] };
    const sink = { vector: new Float32Array(0), onBucket: () => undefined };
    const { observed = [] } = await program.run(inputs, sink);
    return this.#observed.flatMap((node, index) => {
      const { name, layer, shape } = network.nodes[node]!;
      if (layer.kind !== 'activation') return [];
      return lookAtActivation(name, layer.function, observed[index]!, shape.at(-1)!);
    });
  }
}

function activationsOf({ network }: Blueprint): readonly number[] {
  return network.nodes.flatMap(({ layer }, node) => (layer.kind === 'activation' ? [node] : []));
}
