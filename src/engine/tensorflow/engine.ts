import type { DType, StepProgram } from '../program/steps/program.ts';
import { cpuName, gpuName } from '../interface/device.ts';
import type { CompiledProgram, CompileOptions, Engine, EngineOptions } from '../interface/engine.ts';
import type { Installation } from '../install/manifest.ts';
import type { Binding } from './binding.ts';
import { TensorflowProgram } from './compiled.ts';
import { loadBinding } from './load.ts';
import { hasSlowFilterGradients, processorFlags } from './onednn.ts';
import { poolWorkspaces } from './pool-workspace.ts';

export interface TensorflowOptions extends EngineOptions {
  /**
   * Run a training program in one call, or in parts cut where buckets become complete. Default: in parts on a CPU. On a
   * GPU values between parts would travel through host memory.
   */
  readonly parts?: 'whole' | 'buckets';
}

/** Loads TensorFlow into this process. */
export function createTensorflowEngine(installation: Installation, options: TensorflowOptions): TensorflowEngine {
  const abreast = abreastOf(options);
  return new TensorflowEngine(loadBinding(installation, { threads: options.threads, abreast }), options);
}

/** Runs at once, each on as many cores as one operation has threads. */
function abreastOf({ threads, cores = threads }: EngineOptions): number {
  return Math.max(1, Math.floor(cores / threads));
}

export class TensorflowEngine implements Engine {
  readonly name = 'tensorflow';
  readonly device: string;
  readonly threads: number;
  /** A GPU has one queue; nothing is won by two graphs in it. */
  readonly abreast: number;
  readonly precisions = ['f32', 'bf16'] as const;
  readonly onGpu: boolean;
  readonly #binding: Binding;
  readonly #parts: 'whole' | 'buckets';
  readonly #poolWorkspaces: ReadonlySet<DType>;
  readonly #slowFilterGradients = hasSlowFilterGradients(processorFlags());
  readonly #programs = new Set<TensorflowProgram>();

  constructor(binding: Binding, options: TensorflowOptions) {
    this.#binding = binding;
    this.threads = options.threads;
    this.onGpu = binding.isUsingGpuDevice();
    this.abreast = this.onGpu ? 1 : abreastOf(options);
    this.device = this.onGpu ? gpuName() : cpuName();
    this.#parts = options.parts ?? (this.onGpu ? 'whole' : 'buckets');
    this.#poolWorkspaces = !this.onGpu && this.#parts === 'buckets' ? poolWorkspaces(binding) : new Set();
  }

  async compile(program: StepProgram, { buckets, abreast = 1 }: CompileOptions): Promise<CompiledProgram> {
    const compiled = await TensorflowProgram.load(this.#binding, program, {
      buckets,
      abreast,
      parts: this.#parts,
      poolWorkspaces: this.#poolWorkspaces,
      onGpu: this.onGpu,
      slowFilterGradients: this.#slowFilterGradients,
    });
    this.#programs.add(compiled);
    return compiled;
  }

  tensorCount(): number {
    return this.#binding.getNumOfTensors();
  }

  /** Its allocator tells nobody. */
  memoryBytes(): null {
    return null;
  }

  /** TensorFlow itself stays in the process until that ends. */
  dispose(): void {
    for (const program of this.#programs) program.dispose();
    this.#programs.clear();
  }
}
