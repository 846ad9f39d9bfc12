import type { FoldStep } from '../../shared/plan/tree.ts';
import type { KernelCalls } from './calls.ts';
import type { Kernels } from './kernels.ts';

/** Floats of a scratch level and the mark of an addition: as in assembly/fold.ts. */
const BLOCK = 1024;
const ADD = -1;

/** The deepest that the stack gets. */
function depthOf(steps: readonly FoldStep[]): number {
  let depth = 0;
  let deepest = 0;
  for (const step of steps) {
    depth += step === 'add' ? -1 : 1;
    deepest = Math.max(deepest, depth);
  }
  if (depth !== 1) throw new RangeError(`a fold must leave one sum, this one leaves ${depth}`);
  return deepest;
}

/** A fixed order of additions, made ready to be run on vectors. Takes a little of the arena for as long as it is used. */
export class Fold {
  readonly #kernels: Kernels;
  readonly #program: number;
  readonly #length: number;
  readonly #stack: number;
  readonly #scratch: number;
  readonly #sources: number;
  readonly #sourceView: Uint32Array;

  /** `steps` push indexes 0 .. sources-1 (`foldOrder`). `lease`: for as long as it is used; default: for good. */
  constructor(kernels: Kernels, steps: readonly FoldStep[], sources: number, lease = kernels.arena.lease()) {
    const { arena } = kernels;
    const depth = depthOf(steps);
    this.#kernels = kernels;
    this.#length = steps.length;
    this.#program = lease.allocate(steps.length * 4);
    this.#sources = lease.allocate(sources * 4);
    this.#stack = lease.allocate(depth * 4);
    this.#scratch = lease.allocate(depth * BLOCK * 4);
    this.#sourceView = new Uint32Array(arena.buffer, this.#sources, sources);
    new Int32Array(arena.buffer, this.#program, steps.length).set(
      steps.map((step) => (step === 'add' ? ADD : step.push)),
    );
  }

  /** Writes the sum of `floats` floats from each source on to `to`, which may be one of the sources. */
  run(to: number, sources: readonly number[], floats: number): void {
    this.#kernels.calls.fold(this.#call(to, sources, floats));
  }

  /** The same in bfloat16, sources and sum, with every sum on the way rounded to it. */
  runBfloat16(to: number, sources: readonly number[], floats: number): void {
    this.#kernels.calls.foldBfloat16(this.#call(to, sources, floats));
  }

  #call(to: number, sources: readonly number[], count: number): Parameters<KernelCalls['fold']>[0] {
    if (sources.length !== this.#sourceView.length) {
      throw new RangeError(`this fold takes ${this.#sourceView.length} sources, not ${sources.length}`);
    }
    this.#sourceView.set(sources);
    return {
      to,
      program: this.#program,
      length: this.#length,
      sources: this.#sources,
      stack: this.#stack,
      scratch: this.#scratch,
      count,
    };
  }
}
