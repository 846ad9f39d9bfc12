import { readFile } from 'node:fs/promises';
import { type BareCalls, type KernelCalls, kernelCalls } from './calls.ts';
import type { SharedArena } from './shared-arena.ts';

/**
 * The arithmetic on flat float32 vectors, as WebAssembly over an arena. What comes out is a function of the bits that
 * go in: no operation is fused, and sums have one order.
 */
export class Kernels {
  readonly arena: SharedArena;
  readonly calls: KernelCalls;

  private constructor(arena: SharedArena, calls: KernelCalls) {
    this.arena = arena;
    this.calls = calls;
  }

  /** One for each thread that computes: threads share the arena, not the instance. */
  static async load(arena: SharedArena): Promise<Kernels> {
    return new Kernels(arena, await loadKernelCalls(arena.memory));
  }
}

/** The calls alone: for a thread that computes on the memory of another thread's arena and allocates nothing in it. */
export async function loadKernelCalls(memory: WebAssembly.Memory): Promise<KernelCalls> {
  const bytes = await readFile(new URL('./kernels.wasm', import.meta.url));
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes), { env: { memory } });
  // The module is ours, built from assembly/ with these functions.
  return kernelCalls(instance.exports as unknown as BareCalls<keyof KernelCalls, number>);
}
