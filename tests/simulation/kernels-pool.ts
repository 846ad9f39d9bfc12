import { Kernels } from '../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../src/collective/kernels/shared-arena.ts';

const MIB = 2 ** 20;

/** Memories of processes, made once: a process that starts takes one, a history gives all back. */
export class KernelsPool {
  readonly #fresh: number;
  readonly #all: readonly Kernels[];
  #taken = 0;

  private constructor(all: readonly Kernels[]) {
    this.#all = all;
    this.#fresh = all[0]!.arena.mark();
  }

  static async create(count: number): Promise<KernelsPool> {
    const make = () => Kernels.load(new SharedArena({ maximumBytes: 8 * MIB }));
    return new KernelsPool(await Promise.all(Array.from({ length: count }, make)));
  }

  /** With nothing in it but what no process may rely on. */
  take(): Kernels {
    const kernels = this.#all[this.#taken++ % this.#all.length]!;
    const { arena } = kernels;
    const used = arena.used - this.#fresh;
    if (used > 0) new Uint32Array(arena.buffer, this.#fresh, used >> 2).fill(0x7fc0_dead);
    arena.release(this.#fresh);
    return kernels;
  }

  /** A process that has died is the only one that may lose its memory: no history has more than this many alive. */
  get size(): number {
    return this.#all.length;
  }
}
