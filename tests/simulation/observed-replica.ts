import { stateDigest } from '../../src/shared/checkpoint/state-digest.ts';
import { Replica, type StepSums } from '../../src/worker/transport/replica.ts';

/** Hears of every change of what a worker holds. */
export interface ReplicaObserver {
  committed(step: number, sums: StepSums, state: string): void;
  /** It holds another state than before; `step`: after so many committed steps. */
  restored(step: number, state: string): void;
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
    this.#observer.restored(0, this.state());
  }

  override restore(bytes: Uint8Array, source: string): void {
    super.restore(bytes, source);
    this.#observer.restored(this.committed, this.state());
  }

  override commit(step: number, result: Float32Array): StepSums {
    const sums = super.commit(step, result);
    this.#observer.committed(this.committed, sums, this.state());
    return sums;
  }

  /** A bit in this worker's memory falls over: on both sides, as the running step may have written the next one already. */
  corrupt(): void {
    for (const parameters of this.memory.parameters) parameters[0] = Math.fround(parameters[0]! + 1);
  }

  state(): string {
    return stateDigest(this.digests());
  }
}
