import type { CompiledProgram, Engine, ProgramSink, Share } from '../../src/engine/interface/engine.ts';
import { EXIT, GradsocketError } from '../../src/shared/errors.ts';
import type { Range } from '../../src/shared/plan/microbatches.ts';
import type { Blueprint } from '../../src/worker/assignment/blueprint.ts';
import type { Programs } from '../../src/worker/training/programs.ts';
import type { Microbatch, SampleFeed, Samples } from '../../src/worker/training/samples.ts';
import { compute, samplesAt, trainingSamples } from './arithmetic.ts';

/** How an engine behaves, as faults change it. */
export interface Tempo {
  /** Milliseconds of one microbatch or chunk. */
  pace: () => number;
  /** It never ends what it computes. */
  hangs: boolean;
  /** Once: it throws in the midst of it. */
  fails: boolean;
  /** Called when it has computed what is no number, which it does once; null: its numbers are right. */
  poison: (() => void) | null;
}

/** Waits in virtual time, as an engine that computes. */
export type Wait = (ms: number, label: string) => Promise<void>;

/** The engine of a simulated worker: exact arithmetic that takes its time. */
export function simulatedEngine(): Engine {
  return {
    name: 'cpu',
    device: 'simulated',
    threads: 1,
    abreast: 1,
    precisions: ['f32'],
    compile: () => Promise.reject(new Error('its programs are made without compiling')),
    tensorCount: () => 0,
    memoryBytes: () => null,
    dispose: () => undefined,
  };
}

/** Programs for every number of samples. */
export function simulatedPrograms(blueprint: Blueprint, tempo: Tempo, wait: Wait): Programs {
  let running = false;
  const busy = async (label: string) => {
    if (tempo.hangs) await new Promise<void>(() => undefined);
    await wait(tempo.pace(), label);
    if (!tempo.fails) return;
    tempo.fails = false;
    throw new GradsocketError('ENGINE_FAILED', EXIT.internal, 'The engine failed.');
  };
  /** An engine computes one thing at a time. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running) throw new Error('the engine was asked for two things at once');
    running = true;
    try {
      return await work();
    } finally {
      running = false;
    }
  };
  const training = {
    runAbreast: (shares: readonly Share[], onBucket: ProgramSink['onBucket']) =>
      alone(async () => {
        const results = [];
        for (const { inputs, vector } of shares) {
          await busy('compute');
          const result = compute(blueprint, inputs.labels.length, inputs, { vector, onBucket: () => undefined });
          if (tempo.poison !== null) {
            result.losses[0] = Number.NaN;
            vector[0] = Number.NaN;
            tempo.poison();
          }
          results.push(result);
        }
        for (const bucket of blueprint.buckets.parameters.keys()) {
          // Backward goes on while what is complete leaves.
          if (bucket > 0) await busy('backward');
          onBucket(bucket);
        }
        return results;
      }),
  };
  const forward = {
    runAbreast: (shares: readonly Share[]) =>
      alone(async () => {
        const results = [];
        for (const { inputs } of shares) {
          await busy('evaluate');
          results.push(compute(blueprint, inputs.labels.length, inputs));
        }
        return results;
      }),
  };
  return {
    training: () => training as unknown as CompiledProgram,
    forward: () => forward as unknown as CompiledProgram,
  } as unknown as Programs;
}

/** The input pipeline of a simulated worker. */
export class SimulatedSamples implements SampleFeed {
  readonly abreast = 15;
  readonly #blueprint: Blueprint;
  readonly #wait: Wait;
  /** Whether the next microbatch is not there yet. */
  readonly #slow: () => boolean;
  #assignments = 0;
  #step = 0;
  #microbatches: Range = { start: 0, end: 0 };
  #next = 0;

  constructor(blueprint: Blueprint, wait: Wait, slow: () => boolean) {
    this.#blueprint = blueprint;
    this.#wait = wait;
    this.#slow = slow;
  }

  assign({ fromStep, microbatches }: { readonly fromStep: number; readonly microbatches: Range }): void {
    this.#assignments++;
    this.#step = fromStep;
    this.#microbatches = microbatches;
    this.#next = microbatches.start;
  }

  async next(): Promise<Microbatch> {
    const [step, microbatch] = [this.#step, this.#next];
    if (++this.#next >= this.#microbatches.end) {
      this.#next = this.#microbatches.start;
      this.#step++;
    }
    const assignment = this.#assignments;
    if (this.#slow()) await this.#wait(1, 'read samples');
    if (assignment !== this.#assignments) throw new Error('another assignment came');
    const samples = trainingSamples(this.#blueprint, step, microbatch);
    return { ...samples, step, microbatch, masks: [], release: () => undefined };
  }

  async evaluation(chunk: Range): Promise<Samples> {
    await this.#wait(0.1, 'read samples');
    return { ...samplesAt(this.#blueprint, 0, chunk), release: () => undefined };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
