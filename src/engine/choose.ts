import type { EngineName } from './interface/engine.ts';

/** What is known of one engine on this machine. */
export interface EngineReport {
  readonly engine: EngineName;
  readonly usable: boolean;
  /** Why not; or, where it is usable, what keeps it from being faster. null: nothing to say. */
  readonly reason: string | null;
  /** What it computes on; null where it is not usable. */
  readonly device: string | null;
  /** Whether that is a GPU. */
  readonly accelerated: boolean;
  readonly threads: number | null;
  /** The one command that would mend or speed it up; null: there is none. */
  readonly remedy: string | null;
}

export interface EngineChoice {
  readonly engine: EngineName;
  readonly because: string;
}

/** What `auto` takes: TensorFlow on a GPU, then WebGPU on hardware, then TensorFlow on the CPU, then wasm. */
export function chooseEngine(reports: readonly EngineReport[]): EngineChoice | null {
  const usable = (engine: EngineName): EngineReport | undefined =>
    reports.find((report) => report.engine === engine && report.usable);
  const tensorflow = usable('tensorflow');
  const webgpu = usable('webgpu');
  if (tensorflow?.accelerated) return { engine: 'tensorflow', because: `TensorFlow runs on ${tensorflow.device}` };
  if (webgpu?.accelerated) return { engine: 'webgpu', because: `WebGPU runs on ${webgpu.device}` };
  if (tensorflow) return { engine: 'tensorflow', because: 'TensorFlow is the fastest on a CPU' };
  if (usable('wasm')) return { engine: 'wasm', because: 'it needs nothing installed' };
  return null;
}
