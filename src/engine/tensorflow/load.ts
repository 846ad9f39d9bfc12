import { join } from 'node:path';
import util from 'node:util';
import { INSIDE } from '../install/folder.ts';
import type { Installation } from '../install/manifest.ts';
import type { Binding } from './binding.ts';
import { gainsFromOneDnn, processorFlags } from './onednn.ts';

/**
 * The addon loads once in a process, and TensorFlow reads its settings from the environment while it does: whoever
 * comes first decides on the threads.
 */
let loaded: (Threads & { readonly folder: string; readonly binding: Binding }) | null = null;

interface Threads {
  /** Of one operation. */
  readonly threads: number;
  /** Operations at once. */
  readonly abreast: number;
}

export function loadBinding({ folder, variant }: Installation, { threads, abreast }: Threads): Binding {
  if (loaded !== null) {
    if (loaded.folder === folder && loaded.threads === threads && loaded.abreast >= abreast) return loaded.binding;
    throw new Error(
      `TensorFlow runs in this process already, with ${loaded.threads} x ${loaded.abreast} threads from ${loaded.folder}.`,
    );
  }
  setEnvironment({ threads, abreast }, variant === 'gpu');
  // The addon's package calls it; Node 23 took it away.
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === undefined || value === null;

  dlopen(join(folder, INSIDE.loader));
  const binding = dlopen(join(folder, INSIDE.addon)) as Binding;
  loaded = { folder, threads, abreast, binding };
  return binding;
}

function setEnvironment({ threads, abreast }: Threads, gpu: boolean): void {
  const { env } = process;
  // oneDNN's threads and TensorFlow's must be as many, or the same program gives other bits.
  env['OMP_NUM_THREADS'] = String(threads);
  env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  // As many operations side by side as the worker was given cores for. Which are under way together decides no bit.
  env['TF_NUM_INTEROP_THREADS'] ??= String(abreast);
  // Kernels are part of the bits: every worker on such a processor has these.
  if (!gpu && gainsFromOneDnn(processorFlags())) env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  // Errors are returned and become exceptions; what TensorFlow prints beyond that is for its developers.
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  // Else TensorFlow takes all of the GPU's memory, whatever the network needs.
  env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  // cuDNN otherwise picks algorithms by timing them, which differ from run to run in their last bits.
  if (gpu) env['TF_DETERMINISTIC_OPS'] ??= '1';
}

function dlopen(file: string): unknown {
  const module = { exports: {} as unknown };
  process.dlopen(module, file);
  return module.exports;
}
