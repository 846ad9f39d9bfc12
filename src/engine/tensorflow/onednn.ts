import { readFileSync } from 'node:fs';

/** What a processor says that it has. */
export type ProcessorFlags = ReadonlySet<string>;

/** Of `/proc/cpuinfo`. */
export function flagsIn(cpuinfo: string): ProcessorFlags {
  return new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
}

/** Of this machine; none where the system does not tell. */
export function processorFlags(): ProcessorFlags {
  try {
    return flagsIn(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return new Set();
  }
}

/**
 * Whether a processor is to compute with oneDNN's kernels. TensorFlow by itself takes them only where there are
 * instructions for neural networks (AVX-512 VNNI, AVX-VNNI, AMX), and its own elsewhere. With AVX2 alone a step of ResNet-18
 * takes twice as long on those, one of the CNN 1.2 to 1.3 times. What is older was not measured, and stays as TensorFlow has it.
 */
export function gainsFromOneDnn(flags: ProcessorFlags): boolean {
  return flags.has('avx2') && flags.has('fma');
}

/**
 * Whether oneDNN (3.7) computes gradients of filters by an older kind of kernel than it has for everything else (`jit:avx2`, not `brgconv`):
 * of the same arithmetic they take up to 2.7 times as long as forward, on small images.
 */
export function hasSlowFilterGradients(flags: ProcessorFlags): boolean {
  return gainsFromOneDnn(flags) && !flags.has('avx512f');
}
