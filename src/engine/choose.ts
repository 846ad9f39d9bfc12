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

interface Preference {
  readonly engine: EngineName;
  /** Only where it computes on a GPU. */
  readonly accelerated: boolean;
  readonly because: (device: string | null) => string;
}

/** What `auto` takes is the first of these that works: the doctor shows it, and `createEngine` makes it. */
export const PREFERENCES: readonly Preference[] = [
  { engine: 'tensorflow', accelerated: true, because: (device) => `TensorFlow runs on ${device}` },
  { engine: 'webgpu', accelerated: true, because: (device) => `WebGPU runs on ${device}` },
  { engine: 'tensorflow', accelerated: false, because: () => 'TensorFlow is the fastest on a CPU' },
  { engine: 'wasm', accelerated: false, because: () => 'it needs nothing installed' },
];

/** What `auto` takes by what is known of the engines. */
export function chooseEngine(reports: readonly EngineReport[]): EngineChoice | null {
  for (const { engine, accelerated, because } of PREFERENCES) {
    const report = reports.find((one) => one.engine === engine);
    if (report?.usable && (report.accelerated || !accelerated)) return { engine, because: because(report.device) };
  }
  return null;
}
