import { fileURLToPath } from 'node:url';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { threadEntry } from '../../../shared/thread-entry.ts';

/** Emscripten's module, as tfjs's factory makes it. */
interface ThreadedModule {
  readonly PThread: { terminateAllThreads(): void };
  cwrap(name: string, result: 'number' | null, parameters: readonly 'number'[]): (...numbers: number[]) => number;
}
type Factory = (options: { locateFile(file: string, folder: string): string }) => Promise<ThreadedModule>;

/**
 * tfjs's wasm backend in memory that threads can share, which only its build for threads has. In Node tfjs does not load that
 * build by itself, because its threads do not start there. They are not wanted either: what tfjs computes in a step takes
 * a few hundredths of it, the rest are kernels of ours on threads of ours.
 */
export async function openSharedBackend(): Promise<BackendWasm> {
  const tfjs = await import('@tensorflow/tfjs-backend-wasm');
  const file = await import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js');
  const createModule = file.default as unknown as Factory;
  const idle = fileURLToPath(threadEntry('idle-thread', import.meta.url));
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const module = await createModule({
    locateFile: (name, folder) => (name.endsWith('.worker.js') ? idle : `${folder}${name}`),
  }).finally(() => {
    // The loader makes Node's class of threads a global one, and other packages take that for a browser's.
    if (before === undefined) Reflect.deleteProperty(globalThis, 'Worker');
    else Object.defineProperty(globalThis, 'Worker', before);
  });
  module.PThread.terminateAllThreads();
  tfjs.setThreadsCount(1);
  // The module itself, not a copy: it renews its views when its memory grows.
  return new tfjs.BackendWasm(Object.assign(module, { tfjs: bridge(module) }));
}

/** What tfjs's own loader adds to the module. */
function bridge(module: ThreadedModule): BackendWasm['wasm']['tfjs'] {
  return {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
}
