import { Kernels } from '../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../src/collective/kernels/shared-arena.ts';

const MIB = 2 ** 20;

/** A process, or what else lives for as long as nobody says otherwise. */
interface Owner {
  readonly dead: boolean;
}

/** Memories of processes, made once: a process that starts takes one, and one that has died has none any more. */
export class KernelsPool {
  readonly #fresh: number;
  readonly #all: readonly Kernels[];
  readonly #owners: (Owner | null)[];
  #taken = 0;

  private constructor(all: readonly Kernels[]) {
    this.#all = all;
    this.#owners = all.map(() => null);
    this.#fresh = all[0]!.arena.mark();
  }

  static async create(count: number): Promise<KernelsPool> {
    const make = () => Kernels.load(new SharedArena({ maximumBytes: 8 * MIB }));
    return new KernelsPool(await Promise.all(Array.from({ length: count }, make)));
  }

  /** With nothing in it but what no process may rely on. That of whoever is longest dead comes first. */
  take(owner: Owner): Kernels {
    const index = this.#next();
    this.#owners[index] = owner;
    const kernels = this.#all[index]!;
    const { arena } = kernels;
    const used = arena.used - this.#fresh;
    if (used > 0) new Uint32Array(arena.buffer, this.#fresh, used >> 2).fill(0x7fc0_dead);
    arena.release(this.#fresh);
    return kernels;
  }

  /** A history is over: nobody of it needs anything. */
  takeBack(): void {
    this.#owners.fill(null);
  }

  #next(): number {
    for (const _ of this.#all) {
      const index = this.#taken++ % this.#all.length;
      if (this.#owners[index]?.dead !== false) return index;
    }
    throw new Error(`more than ${this.#all.length} processes are alive`);
  }
}
