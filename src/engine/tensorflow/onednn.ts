import { readFileSync } from 'node:fs';

/**
 * Whether a processor with these flags is to compute with oneDNN's kernels. TensorFlow by itself takes them only where there are
 * instructions for neural networks (AVX-512 VNNI, AVX-VNNI, AMX), and its own elsewhere. With AVX2 alone a step of ResNet-18
 * takes twice as long on those, one of the CNN 1.2 to 1.3 times. What is older was not measured, and stays as TensorFlow has it.
 */
export function gainsFromOneDnn(cpuinfo: string): boolean {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
  return flags.has('avx2') && flags.has('fma');
}

/** Of this machine's processor; a system that does not tell leaves it to TensorFlow. */
export function processorGainsFromOneDnn(): boolean {
  try {
    return gainsFromOneDnn(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}
