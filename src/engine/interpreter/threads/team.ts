import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../../shared/thread-entry.ts';
import {
  loadTrainingKernels,
  positional,
  TRAINING_KERNELS,
  type TrainingCalls,
  type TrainingKernel,
  type TrainingValues,
  trainingCalls,
} from '../kernels/training-kernels.ts';
import type { MemberConfig } from './member.ts';
import { type Order, Orders } from './orders.ts';

/**
 * Runs kernels in parts: the first one on the calling thread, each other one on a thread of its own. Who gets which part is
 * fixed, and so is what is in it: the bits depend on nothing that happens at run time.
 */
export class Team {
  /** How many parts an operation is divided into. */
  readonly parts: number;
  readonly #kernels: TrainingCalls<void>;
  readonly #orders: Orders;
  #dismissed = false;

  /** @param memory shared where there is more than one thread */
  static async gather(memory: WebAssembly.Memory, threads: number): Promise<Team> {
    const members = threads - 1;
    const orders = new Orders(members);
    const kernels = trainingCalls(await loadTrainingKernels(memory));
    const ready = Promise.all(
      Array.from({ length: members }, async (_, member) => {
        const workerData: MemberConfig = { memory, orders: orders.buffer, members, member };
        const worker = new Worker(threadEntry('member', import.meta.url), { workerData, name: 'compute' });
        // Rejects where it fails instead.
        await once(worker, 'message');
        // It waits for orders for good; the process may end without dismissing it.
        worker.unref();
      }),
    );
    await ready.catch((error: unknown) => {
      // Those that are there, or still come, find that they are to leave.
      orders.dismiss();
      throw error;
    });
    return new Team(kernels, orders, threads);
  }

  private constructor(kernels: TrainingCalls<void>, orders: Orders, parts: number) {
    this.parts = parts;
    this.#kernels = kernels;
    this.#orders = orders;
  }

  /** Calls a kernel for each part; null: nothing to do in this one. Returns when all parts are done. */
  run<Kernel extends TrainingKernel>(kernel: Kernel, valuesOf: (part: number) => TrainingValues[Kernel] | null): void {
    const call = this.#kernels[kernel];
    const own = valuesOf(0);
    if (this.parts === 1) {
      if (own !== null) call(own);
      return;
    }
    // Nobody would answer.
    if (this.#dismissed) throw new Error(`${kernel} is asked of threads that have ended`);
    const number = TRAINING_KERNELS.indexOf(kernel);
    const orderOf = (part: number): Order | null => {
      const values = valuesOf(part);
      return values === null ? null : { kernel: number, arguments: positional[kernel](values) };
    };
    this.#orders.give(Array.from({ length: this.parts - 1 }, (_, member) => orderOf(member + 1)));
    let sound = false;
    try {
      if (own !== null) call(own);
    } finally {
      // Also where the call failed: nobody may be writing to memory that is about to be released.
      sound = this.#orders.awaitAnswers();
    }
    if (!sound) throw new Error(`a thread failed in ${kernel}`);
  }

  /** Its threads end. */
  dismiss(): void {
    this.#dismissed = true;
    this.#orders.dismiss();
  }
}
