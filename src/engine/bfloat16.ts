import { readFile } from 'node:fs/promises';

/** What a processor's instructions for bfloat16 are called in /proc/cpuinfo, the faster ones first. */
const INSTRUCTIONS = ['amx_bf16', 'avx512_bf16'] as const;
export type Bfloat16Instructions = (typeof INSTRUCTIONS)[number];

/** Which instructions for bfloat16 a processor with these flags has; none: `--precision bf16` gains nothing on it. */
export function bfloat16Instructions(cpuinfo: string): readonly Bfloat16Instructions[] {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
  return INSTRUCTIONS.filter((name) => flags.has(name));
}

/** Of this machine's processor; null where it does not say (only Linux does). */
export async function processorBfloat16(): Promise<readonly Bfloat16Instructions[] | null> {
  try {
    return bfloat16Instructions(await readFile('/proc/cpuinfo', 'utf8'));
  } catch {
    return null;
  }
}
