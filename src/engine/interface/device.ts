import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** The processor's name. */
export function cpuName(): string {
  return cpus()[0]?.model.trim() || 'CPU';
}

/** The name of the GPU that TensorFlow uses: the first one, or the first that CUDA_VISIBLE_DEVICES lets it see. */
export function gpuName(visible = process.env['CUDA_VISIBLE_DEVICES']): string {
  const names = gpuNames();
  const index = Number.parseInt(visible ?? '0', 10);
  return names[Number.isNaN(index) ? 0 : index] ?? names[0] ?? 'NVIDIA GPU';
}

/** As the driver tells; sorted by place on the bus. */
function gpuNames(root = '/proc/driver/nvidia/gpus'): string[] {
  try {
    return readdirSync(root)
      .sort()
      .map((gpu) => /^Model:\s*(.+)$/m.exec(readFileSync(`${root}/${gpu}/information`, 'utf8'))?.[1]?.trim())
      .filter((name) => name !== undefined);
  } catch {
    return [];
  }
}
