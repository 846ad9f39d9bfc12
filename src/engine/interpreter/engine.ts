import { cpus } from 'node:os';
import type { CompiledProgram, CompileOptions, Engine, EngineOptions } from '../interface/engine.ts';
import type { StepProgram } from '../program/steps/program.ts';
import { Backend, type BackendName } from './backend/backend.ts';
import { InterpretedProgram } from './compiled.ts';
import { CPU_LOWERINGS } from './lower/cpu.ts';
import type { LoweringTable } from './lower/lowering.ts';
import { wasmLowerings } from './lower/wasm.ts';
import { MOST_THREADS } from './threads/most.ts';
import { Team } from './threads/team.ts';

/** The engines that need nothing but npm. `cpu` runs on one thread, whatever `options` asks for. */
export async function createInterpreterEngine(name: BackendName, { threads }: EngineOptions): Promise<Engine> {
  if (name === 'cpu') return new InterpreterEngine(await Backend.open(name), CPU_LOWERINGS, null);
  const backend = await Backend.open(name, threads > 1);
  // A program that has opened tfjs's wasm for itself did so in memory that is for one thread.
  const most = backend.memory.buffer instanceof SharedArrayBuffer ? MOST_THREADS : 1;
  const team = await Team.gather(backend.memory, Math.min(threads, most));
  return new InterpreterEngine(backend, wasmLowerings(team), team);
}

class InterpreterEngine implements Engine {
  readonly name: BackendName;
  readonly device: string;
  readonly threads: number;
  readonly abreast = 1;
  readonly precisions = ['f32'] as const;
  readonly #backend: Backend;
  readonly #lowerings: LoweringTable;
  readonly #team: Team | null;

  constructor(backend: Backend, lowerings: LoweringTable, team: Team | null) {
    this.name = backend.name;
    this.threads = team?.parts ?? 1;
    this.#team = team;
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

  memoryBytes(): number | null {
    return this.name === 'wasm' ? this.#backend.memory.buffer.byteLength : null;
  }

  /** The backend stays: tfjs keeps one per process. Nothing of ours is left in it, because runs leave nothing. */
  dispose(): void {
    this.#team?.dismiss();
  }
}
