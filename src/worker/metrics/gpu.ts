import { execFile } from 'node:child_process';

/** What a GPU of this machine is doing. Null: it does not say. */
export interface GpuReading {
  /** Its number on this machine. */
  readonly gpu: string;
  /** 0 to 1 */
  readonly utilization: number | null;
  readonly usedBytes: number | null;
  readonly totalBytes: number | null;
}

const ARGUMENTS = ['--query-gpu=index,utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'];
const MIB = 2 ** 20;
/** However often somebody asks: it starts a process. */
const FRESH_MS = 5_000;
const PATIENCE_MS = 2_000;

/** What nvidia-smi prints, a line for each GPU. Lines of another form are left out. */
export function readGpus(text: string): readonly GpuReading[] {
  return text.split('\n').flatMap((line) => {
    const [gpu = '', use, used, total] = line.split(',').map((field) => field.trim());
    if (!/^\d+$/.test(gpu) || total === undefined) return [];
    const [percent, usedMib, totalMib] = [use, used, total].map(numberIn);
    return [
      {
        gpu,
        utilization: percent === null || percent === undefined ? null : percent / 100,
        usedBytes: inBytes(usedMib),
        totalBytes: inBytes(totalMib),
      },
    ];
  });
}

/** Asks nvidia-smi, at most every few seconds; where there is none, never again. */
export function gpuWatcher(run: () => Promise<string> = nvidiaSmi, now: () => number = Date.now) {
  let read: Promise<readonly GpuReading[]> = Promise.resolve([]);
  let at = Number.NEGATIVE_INFINITY;
  let gone = false;
  return (): Promise<readonly GpuReading[]> => {
    if (gone || now() - at < FRESH_MS) return read;
    at = now();
    read = run().then(readGpus, (error: unknown) => {
      gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return [];
    });
    return read;
  };
}

function nvidiaSmi(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('nvidia-smi', ARGUMENTS, { timeout: PATIENCE_MS }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

/** `[N/A]` where the GPU does not say. */
function numberIn(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || text === '' || !Number.isFinite(value) ? null : value;
}

function inBytes(mib: number | null | undefined): number | null {
  return mib === null || mib === undefined ? null : mib * MIB;
}
