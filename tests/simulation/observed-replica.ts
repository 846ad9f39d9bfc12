import { Replica, type StepSums } from '../../src/worker/transport/replica.ts';

/** All that training changes, as it is committed: weights, statistics, the optimiser's vectors. */
export type HeldState = readonly Float32Array[];

/** Hears of every change of what a worker holds. */
export interface ReplicaObserver {
  committed(step: number, sums: StepSums, state: HeldState): void;
  /** It holds another state than before; `step`: after so many committed steps. */
  restored(step: number, state: HeldState): void;
}

/** What `replica` holds: views of its memory. */
export function heldBy({ memory, side }: Replica): HeldState {
  return [memory.parameters[side], memory.buffers[side], ...memory.moments[side]];
}

/** Whether two states have the same bits. Cheaper than their digests, and no less strict. */
export function sameState(a: HeldState, b: HeldState): boolean {
  return a.length === b.length && a.every((vector, index) => bytesOf(vector).equals(bytesOf(b[index]!)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The worker's replica, looked at whenever it changes. */
export class ObservedReplica extends Replica {
  readonly #observer: ReplicaObserver;

  constructor(
    ...[blueprint, memory, optimizer, norm, observer]: [...ConstructorParameters<typeof Replica>, ReplicaObserver]
  ) {
    super(blueprint, memory, optimizer, norm);
    this.#observer = observer;
  }

  override initialise(): void {
    super.initialise();
    this.#observer.restored(0, heldBy(this));
  }

  override restore(bytes: Uint8Array, source: string): void {
    super.restore(bytes, source);
    this.#observer.restored(this.committed, heldBy(this));
  }

  override commit(step: number, result: Float32Array): StepSums {
    const sums = super.commit(step, result);
    this.#observer.committed(this.committed, sums, heldBy(this));
    return sums;
  }

  /** A bit in this worker's memory falls over: on both sides, as the running step may have written the next one already. */
  corrupt(): void {
    for (const parameters of this.memory.parameters) parameters[0] = Math.fround(parameters[0]! + 1);
  }
}
