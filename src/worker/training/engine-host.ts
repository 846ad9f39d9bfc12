import type { Engine, EngineName } from '../../engine/interface/engine.ts';
import { checkPrecision } from '../../engine/precision.ts';
import { maybeTensorflow } from '../../shared/job/resolve.ts';
import type { KernelCalls } from '../../collective/kernels/calls.ts';
import { loadKernelCalls } from '../../collective/kernels/kernels.ts';
import { type Blueprint, drawBlueprint } from '../assignment/blueprint.ts';
import { chunksOf } from './evaluation.ts';
import { failureOf } from '../report/failure.ts';
import { Programs } from './programs.ts';
import { StintControl } from './stint-control.ts';
import type { SampleFeed } from './samples.ts';
import { train } from './training-loop.ts';
import type { Stint, TrainingParts } from './training-parts.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { ToEngine } from '../messages/to-engine.ts';

/** How often the engine's memory is told of. */
const MEMORY_SECONDS = 1;

/** How a worker's process ends. */
export type Verdict = Omit<Extract<ToEngine, { type: 'leave' }>, 'type'>;

export interface EngineHostOptions {
  /** null: the job decides. */
  readonly engine: EngineName | 'auto' | null;
  /** Threads of one operation; null: the job decides. */
  readonly threads: number | null;
  /** `threads`: of the worker or, where it leaves them open, of the job. `onBroken` as in `CreateOptions`. */
  readonly createEngine: (
    name: EngineName | 'auto',
    threads: number | null,
    onBroken: (sentence: string) => void,
  ) => Promise<Engine>;
  /** Whether there is such an engine here; throws where there is none. */
  readonly checkEngine: (name: EngineName | 'auto') => Promise<void>;
  readonly openSamples: (blueprint: Blueprint) => Promise<SampleFeed>;
  /** How programs are made, and the kernels for adding up; as they are defined, but for the simulator. */
  readonly compile?: (...programs: Parameters<typeof Programs.compile>) => Promise<Programs>;
  readonly loadCalls?: typeof loadKernelCalls;
  readonly loop: Pick<TrainingParts, 'now' | 'fault' | 'trace'>;
  readonly post: (message: FromEngine) => void;
  readonly log: (message: string) => void;
}

type Prepare = Extract<ToEngine, { type: 'prepare' }>;

interface Prepared {
  readonly blueprint: Blueprint;
  readonly programs: Programs;
  readonly samples: SampleFeed;
  readonly abreast: number;
  readonly add: TrainingParts['add'];
}

/** The engine's thread: does what the transport thread says, one stint after the other, until it is told to leave. */
export class EngineHost {
  readonly left: Promise<Verdict>;
  readonly #options: EngineHostOptions;
  #leave: (verdict: Verdict) => void = () => undefined;
  #engine: Engine | null = null;
  /** Why the engine is not the one that should be here. */
  #broken: string | null = null;
  #prepared: Prepared | null = null;
  #control: StintControl | null = null;
  /** Seconds. */
  #memoryTold = Number.NEGATIVE_INFINITY;
  /** The stint before, until it has let go of the engine. */
  #running: Promise<void> = Promise.resolve();

  constructor(options: EngineHostOptions) {
    this.#options = options;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /**
   * Introduces this worker, with its engine where that does not depend on the job. TensorFlow's threads may, and cannot be
   * changed once it is loaded.
   */
  async join(): Promise<void> {
    const { engine, threads, checkEngine, post } = this.#options;
    if (engine !== null) {
      await checkEngine(engine);
      const open = threads === null && maybeTensorflow({ engine });
      if (!open) this.#engine = await this.#createEngine(engine, threads);
    }
    const named = engine === 'auto' ? null : engine;
    post({ type: 'join', engine: this.#engine?.name ?? named, device: this.#engine?.device ?? null });
  }

  receive(message: ToEngine): void {
    try {
      this.#receive(message);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Something here went wrong: the coordinator hears of it, then this worker leaves. */
  fail(error: unknown): void {
    this.#options.post({ type: 'failed', ...failureOf(error, this.#options.log) });
  }

  async close(): Promise<void> {
    await this.#prepared?.samples.close();
  }

  #receive(message: ToEngine): void {
    switch (message.type) {
      case 'prepare':
        this.#prepare(message).catch((error: unknown) => this.fail(error));
        return;
      case 'assign':
        return this.#assign(message);
      case 'train':
        return this.#train(message);
      case 'committed':
        return this.#control?.commit(message);
      case 'halt':
        return this.#control?.halt();
      case 'leave':
        this.#control?.halt();
        return this.#leave(message);
    }
  }

  async #prepare({ assignment, memory, warmUp }: Prepare): Promise<void> {
    const { engine, threads, openSamples, post } = this.#options;
    const { compile = (...all) => Programs.compile(...all), loadCalls = loadKernelCalls } = this.#options;
    const blueprint = drawBlueprint(assignment);
    // The data thread connects and fills its slots while the engine compiles.
    const opening = openSamples(blueprint);
    // Awaited below; it may fail before.
    opening.catch(() => undefined);
    const { job } = assignment;
    this.#engine ??= await this.#createEngine(engine ?? job.engine, threads ?? job.threads);
    checkPrecision(this.#engine, job.precision);
    const most = Math.min(this.#engine.abreast, blueprint.microbatches);
    const programs = await compile(this.#engine, blueprint, most, warmUp);
    const samples = await opening;
    const abreast = Math.min(most, samples.abreast);
    this.#prepared = {
      blueprint,
      programs,
      samples,
      abreast,
      add: adding(await loadCalls(memory), blueprint),
    };
    const { name, device } = this.#engine;
    post({ type: 'prepared', engine: name, device, threads: this.#engine.threads, abreast, broken: this.#broken });
  }

  /** With each step or so, also what the engine takes: it is asked on the thread that may ask it. */
  #tell(message: FromEngine): void {
    const { post, loop } = this.#options;
    post(message);
    if (message.type !== 'computed') return;
    const now = loop.now();
    if (now - this.#memoryTold < MEMORY_SECONDS) return;
    this.#memoryTold = now;
    const bytes = this.#engine?.memoryBytes() ?? null;
    if (bytes !== null) post({ type: 'engineMemory', bytes });
  }

  #createEngine(name: EngineName | 'auto', threads: number | null): Promise<Engine> {
    const { createEngine, log } = this.#options;
    return createEngine(name, threads, (sentence) => {
      this.#broken = sentence;
      log(sentence);
    });
  }

  /** At once: it refuses the microbatch that a halted stint may still wait for. */
  #assign(assigned: Extract<ToEngine, { type: 'assign' }>): void {
    const { blueprint, samples } = this.#prepared!;
    const evaluation = chunksOf(blueprint, assigned).map(({ chunk }) => chunk);
    samples.assign({ fromStep: assigned.step, microbatches: assigned.microbatches, evaluation });
  }

  #train(stint: Stint): void {
    const prepared = this.#prepared!;
    const { loop } = this.#options;
    const control = new StintControl();
    this.#control = control;
    this.#running = this.#running
      .then(() => train(stint, control, { ...prepared, ...loop, post: (message) => this.#tell(message) }))
      .catch((error: unknown) => {
        // What a halted stint was waiting for is refused, and nobody wants it any more.
        if (!control.halted) this.fail(error);
      });
  }
}

/**
 * The kernels' addition on views of their memory. Where gradients travel as bfloat16, they are added up as the all-reduce
 * adds them up, lest the sum depend on who holds which microbatches; the tail never does.
 */
function adding(calls: KernelCalls, { job, layout }: Blueprint): TrainingParts['add'] {
  const rounded = job.wire === 'bf16' ? layout.statistics : 0;
  return (into, from, { start, end }) => {
    const middle = Math.min(Math.max(start, rounded), end);
    const at = (vector: Float32Array, index: number) => vector.byteOffset + index * Float32Array.BYTES_PER_ELEMENT;
    const operands = (first: number) => ({ to: at(into, first), a: at(into, first), b: at(from, first) });
    calls.addBfloat16({ ...operands(start), count: middle - start });
    calls.add({ ...operands(middle), count: end - middle });
  };
}
