import type { CompiledProgram, Engine, ProgramSink, Share } from '../../src/engine/interface/engine.ts';
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
    dispose: () => undefined,
  };
}

/** Programs for every number of samples. */
export function simulatedPrograms(blueprint: Blueprint, tempo: Tempo, wait: Wait): Programs {
  const busy = (label: string) => (tempo.hangs ? new Promise<void>(() => undefined) : wait(tempo.pace(), label));
  const training = {
    runAbreast: async (shares: readonly Share[], onBucket: ProgramSink['onBucket']) => {
      const results = [];
      for (const share of shares) {
        await busy('compute');
        const { inputs, vector } = share;
        results.push(compute(blueprint, inputs.labels.length, inputs, { vector, onBucket: () => undefined }));
      }
      for (const bucket of blueprint.buckets.parameters.keys()) {
        // Backward goes on while what is complete leaves.
        if (bucket > 0) await busy('backward');
        onBucket(bucket);
      }
      return results;
    },
  };
  const forward = {
    run: async (inputs: Share['inputs']) => {
      await busy('evaluate');
      return compute(blueprint, inputs.labels.length, inputs);
    },
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
