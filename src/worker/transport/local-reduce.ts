import type { AllReduce } from '../../collective/all-reduce.ts';

/** The all-reduce of a worker alone: its one contribution, the sum of all microbatches, is the result. */
export class LocalReduce implements AllReduce {
  readonly bytesSent = 0;
  readonly bytesReceived = 0;
  readonly #onReduced: (step: number, bucket: number) => void;

  constructor(onReduced: (step: number, bucket: number) => void) {
    this.#onReduced = onReduced;
  }

  contribute(step: number, bucket: number): void {
    this.#onReduced(step, bucket);
  }

  abort(): void {}

  close(): void {}
}
