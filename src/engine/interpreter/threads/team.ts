import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../../shared/thread-entry.ts';
import { loadTrainingKernels, type TrainingKernels } from '../kernels/training-kernels.ts';
import type { MemberConfig } from './member.ts';
import { type Order, Orders } from './orders.ts';

type Arguments<Name extends keyof TrainingKernels> = Parameters<TrainingKernels[Name]>;

/**
 * Runs kernels in parts: the first one on the calling thread, each other one on a thread of its own. Who gets which part is
 * fixed, and so is what is in it: the bits depend on nothing that happens at run time.
 */
export class Team {
  /** How many parts an operation is divided into. */
  readonly parts: number;
  readonly #kernels: TrainingKernels;
  /** What threads call kernels by. */
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #orders: Orders;
  #dismissed = false;

  /** @param memory shared where there is more than one thread */
  static async gather(memory: WebAssembly.Memory, threads: number): Promise<Team> {
    const members = threads - 1;
    const orders = new Orders(members);
    const kernels = await loadTrainingKernels(memory);
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

  private constructor(kernels: TrainingKernels, orders: Orders, parts: number) {
    this.parts = parts;
    this.#kernels = kernels;
    this.#numbers = new Map(Object.keys(kernels).map((name, number) => [name, number]));
    this.#orders = orders;
  }

  /** Calls a kernel for each part; null: nothing to do in this one. Returns when all parts are done. */
  run<Name extends keyof TrainingKernels>(kernel: Name, argumentsOf: (part: number) => Arguments<Name> | null): void {
    // The cast is sound: arguments are those of the kernel of the same name.
    const call = this.#kernels[kernel] as (...numbers: Arguments<Name>) => void;
    const own = argumentsOf(0);
    if (this.parts === 1) {
      if (own !== null) call(...own);
      return;
    }
    // Nobody would answer.
    if (this.#dismissed) throw new Error(`${kernel} is asked of threads that have ended`);
    const number = this.#numbers.get(kernel)!;
    const orderOf = (part: number): Order | null => {
      const numbers = argumentsOf(part);
      return numbers === null ? null : { kernel: number, arguments: numbers };
    };
    this.#orders.give(Array.from({ length: this.parts - 1 }, (_, member) => orderOf(member + 1)));
    let sound = false;
    try {
      if (own !== null) call(...own);
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
