import { cpus } from 'node:os';
import type { CompiledProgram, CompileOptions, Engine, EngineOptions } from '../engine.ts';
import type { StepProgram } from '../../program/program.ts';
import { Backend, type BackendName } from './backend.ts';
import { InterpretedProgram } from './compiled.ts';
import { CPU_LOWERINGS } from './lower/cpu.ts';
import type { LoweringTable } from './lower/lowering.ts';
import { wasmLowerings } from './lower/wasm.ts';
import { loadTrainingKernels } from './training-kernels.ts';

/**
 * The engines that need nothing but npm. Both run on one thread, whatever `options` asks for: tfjs does not start
 * threads of its wasm backend in Node.
 */
export async function createInterpreterEngine(name: BackendName, _options: EngineOptions): Promise<Engine> {
  const backend = await Backend.open(name);
  const lowerings = name === 'cpu' ? CPU_LOWERINGS : wasmLowerings(await loadTrainingKernels(backend.memory));
  return new InterpreterEngine(name, backend, lowerings);
}

class InterpreterEngine implements Engine {
  readonly name: BackendName;
  readonly device: string;
  readonly threads = 1;
  readonly precisions = ['f32'] as const;
  readonly #backend: Backend;
  readonly #lowerings: LoweringTable;

  constructor(name: BackendName, backend: Backend, lowerings: LoweringTable) {
    this.name = name;
    this.device = cpus()[0]?.model.trim() || 'CPU';
    this.#backend = backend;
    this.#lowerings = lowerings;
  }

  async compile(program: StepProgram, options: CompileOptions): Promise<CompiledProgram> {
    return new InterpretedProgram(program, options, this.#backend, this.#lowerings);
  }

  tensorCount(): number {
    return this.#backend.tensorCount();
  }

  /** The backend stays: tfjs keeps one per process. Nothing of ours is left in it, because runs leave nothing. */
  dispose(): void {}
}
