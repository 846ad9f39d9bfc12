import type {
  CompiledProgram,
  CompileOptions,
  Engine,
  ProgramInputs,
  ProgramSink,
  Share,
} from '../../../src/engine/interface/engine.ts';
import { stepVectorLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';

/**
 * An engine without a backend: a gradient that depends on every parameter, every sample and the order of float32
 * additions, so that a wrong order, a stale parameter or a missing sample changes the weights.
 */
export class FakeEngine implements Engine {
  readonly name = 'cpu';
  readonly device = 'fake';
  readonly threads = 1;
  readonly abreast: number;
  readonly precisions = ['f32'] as const;
  readonly #network: Network;
  #open = 0;

  constructor(network: Network, abreast = 1) {
    this.#network = network;
    this.abreast = abreast;
  }

  compile(program: StepProgram, { buckets, abreast = 1 }: CompileOptions): Promise<CompiledProgram> {
    this.#open++;
    const run = async (inputs: ProgramInputs, sink?: ProgramSink) => {
      // As an engine that waits for a device: buckets leave later than the call.
      await Promise.resolve();
      return this.#compute(program, buckets, inputs, sink);
    };
    const runAbreast = async (shares: readonly Share[], onBucket: ProgramSink['onBucket']) => {
      if (shares.length > abreast) throw new RangeError(`${shares.length} runs at once, not ${abreast}`);
      // All vectors are written before a bucket is complete.
      const results = [];
      for (const { inputs, vector } of shares) results.push(await run(inputs, { vector, onBucket: () => undefined }));
      for (const bucket of buckets.keys()) onBucket(bucket);
      return results;
    };
    return Promise.resolve({ program, run, runAbreast, dispose: () => void this.#open-- });
  }

  tensorCount(): number {
    return this.#open;
  }

  memoryBytes(): number {
    return 4096;
  }

  dispose(): void {}

  #compute(program: StepProgram, buckets: CompileOptions['buckets'], inputs: ProgramInputs, sink?: ProgramSink) {
    const { classes, input } = this.#network;
    const layout = stepVectorLayout(this.#network);
    const pixels = input[0] * input[1] * input[2];
    const brightness = Array.from({ length: program.batch }, (_, sample) =>
      inputs.images.subarray(sample * pixels, (sample + 1) * pixels).reduce((sum, x) => Math.fround(sum + x), 0),
    );
    for (const [bucket, parameters] of buckets.entries()) {
      for (const parameter of parameters) {
        const { offset, size } = layout.parameters.spans[parameter]!;
        for (let i = offset; i < offset + size; i++) {
          let gradient = 0;
          for (const x of brightness) gradient = Math.fround(gradient + inputs.parameters[i]! * x + Math.sin(i + x));
          sink!.vector[i] = gradient / 64;
        }
      }
      sink!.onBucket(bucket);
    }
    const logits = new Float32Array(program.batch * classes);
    const losses = Float32Array.from(brightness, (x, sample) => {
      const label = inputs.labels[sample]!;
      logits[sample * classes + ((label + (x > 4 ? 1 : 0)) % classes)] = 1;
      return Math.abs(Math.fround(x * inputs.parameters[0]!));
    });
    return { logits, losses, statistics: new Float32Array(layout.buffers.length) };
  }
}
