import type { ReduceMemory } from './all-reduce.ts';
import type { Chunk } from './chunk-plan.ts';
import type { ReduceBucket } from './wire.ts';

/**
 * A rank's vectors as they travel. Float32 is sent from where it is and received to where it belongs; bfloat16 lies in twins
 * of the vectors, made chunk by chunk as they are sent or folded, and made float32 again when a sum is there.
 *
 * The sum's twin is that of the first contribution: a chunk's sum only comes when its owner has all contributions to it.
 */
export class WireMemory {
  readonly #memory: ReduceMemory;

  constructor(memory: ReduceMemory, buckets: readonly ReduceBucket[]) {
    this.#memory = memory;
    const { contributions, result, twins } = memory;
    const length = Math.max(0, ...buckets.map(({ end }) => end));
    for (const vector of [result, ...contributions]) requireHolds(vector, length);
    const narrow = Math.max(0, ...buckets.map(({ wire, end }) => (wire === 'bf16' ? end : 0)));
    if (narrow === 0) return;
    if (twins.length < Math.max(1, contributions.length)) {
      throw new RangeError(`${contributions.length} contributions have ${twins.length} twins`);
    }
    for (const twin of twins) requireHolds(twin, narrow);
  }

  /** The sum of `chunk` is there: makes it what is computed with. */
  summed({ start, floats, wire }: Chunk): void {
    if (wire === 'f32') return;
    const { result, twins, kernels } = this.#memory;
    kernels.calls.widen({ to: addressOf(result, start), from: addressOf(twins[0]!, start), count: floats });
  }

  /** Makes a contribution to `chunk` what travels, and says where it is: once for each, when it is there and its sum is not. */
  takeContribution(index: number, { start, floats, wire }: Chunk): number {
    const { contributions, twins, kernels } = this.#memory;
    const from = addressOf(contributions[index]!, start);
    if (wire === 'f32') return from;
    // While the processor has it at hand: of a whole bucket the first chunk would be gone by the time the last one is made.
    const to = addressOf(twins[index]!, start);
    kernels.calls.narrow({ to, from, count: floats });
    return to;
  }

  sumAddress({ start, wire }: Chunk): number {
    return addressOf(wire === 'f32' ? this.#memory.result : this.#memory.twins[0]!, start);
  }

  /** The same, as bytes. */
  contribution(index: number, chunk: Chunk): Uint8Array {
    return this.#memory.kernels.arena.bytes(this.takeContribution(index, chunk), chunk.bytes);
  }

  sum(chunk: Chunk): Uint8Array {
    return this.#memory.kernels.arena.bytes(this.sumAddress(chunk), chunk.bytes);
  }
}

function addressOf(vector: Float32Array | Uint16Array, index: number): number {
  return vector.byteOffset + index * vector.BYTES_PER_ELEMENT;
}

function requireHolds(vector: Float32Array | Uint16Array, length: number): void {
  if (vector.length >= length && vector.byteOffset % 64 === 0) return;
  throw new RangeError(`a vector of ${vector.length} floats at byte ${vector.byteOffset} does not hold the step`);
}
