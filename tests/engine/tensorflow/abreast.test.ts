import { beforeAll, describe, expect, it } from 'vitest';
import type { Share } from '../../../src/engine/interface/engine.ts';
import { trainingProgram } from '../../../src/engine/program/build.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import type { TensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { stepBuckets } from '../../../src/shared/network/buckets.ts';
import { initialiseBuffers, initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { alignUp, sizeOf, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';
import { smallResNet } from '../reference/small-networks.ts';
import { IF_WITHOUT, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

const SAMPLES = 4;
const cnn = networkOf({ model: 'cnn', channels: [8, 16], dense: 32, dropout: 0.5 });
const resnet = smallResNet('relu');

function networkOf(job: object): Network {
  return buildNetwork(jobSchema.parse(job), [16, 16, 3], 10);
}

/** Runs of one step: the same parameters, samples and masks of their own. */
function sharesOf(network: Network, length: number, count: number): Share[] {
  const random = new RandomStream(1, STREAM.augmentation);
  const floats = (size: number, value: () => number) => Float32Array.from({ length: size }, value);
  const layout = stepVectorLayout(network);
  const parameters = new Float32Array(layout.parameters.length);
  const buffers = new Float32Array(alignUp(layout.buffers.length));
  initialiseParameters(network, 1, parameters);
  initialiseBuffers(network, buffers);
  return Array.from({ length: count }, () => ({
    inputs: {
      images: floats(SAMPLES * sizeOf(network.input), () => random.normal()),
      labels: Int32Array.from({ length: SAMPLES }, () => random.below(network.classes)),
      masks: network.masks.map(({ shape }) => floats(SAMPLES * sizeOf(shape), () => 2 * random.below(2))),
      parameters,
      buffers,
    },
    vector: new Float32Array(length),
  }));
}

function bytesOf({ vector }: Share): string {
  return Buffer.from(vector.buffer).toString('hex');
}

const cases: readonly (readonly [string, Network, StepProgram])[] = [
  ['a CNN with dropout', cnn, trainingProgram(cnn, SAMPLES, { labelSmoothing: 0 })],
  ['a network with batch norm', resnet, trainingProgram(resnet, SAMPLES, { labelSmoothing: 0 })],
  ['a network in bfloat16', resnet, trainingProgram(resnet, SAMPLES, { labelSmoothing: 0, precision: 'bf16' })],
];

describe.skipIf(WITHOUT_TENSORFLOW)(`runs at once on the tensorflow engine${IF_WITHOUT}`, () => {
  let engine: TensorflowEngine;
  beforeAll(() => {
    engine = installedEngine('buckets');
  });

  it.each(cases)('of %s have the bits of runs one after the other', async (_, network, program) => {
    const layout = stepVectorLayout(network);
    const buckets = stepBuckets(network, layout).parameters;
    const compile = (abreast: number) => engine.compile(program, { buckets, abreast });
    const [alone, together] = [await compile(1), await compile(3)];

    const expected = sharesOf(network, layout.length, 3);
    const results = [];
    for (const { inputs, vector } of expected) {
      results.push(await alone.run(inputs, { vector, onBucket: () => undefined }));
    }
    expect(bytesOf(expected[0]!)).not.toEqual(bytesOf(expected[1]!));

    for (const count of [3, 2, 1]) {
      const shares = sharesOf(network, layout.length, count);
      const left: number[] = [];
      const outcome = await together.runAbreast(shares, (bucket) => left.push(bucket));
      expect(outcome).toEqual(results.slice(0, count));
      expect(shares.map(bytesOf)).toEqual(expected.slice(0, count).map(bytesOf));
      expect(left).toEqual(buckets.map((__, bucket) => bucket));
    }
    alone.dispose();
    together.dispose();
    expect(engine.tensorCount()).toBe(0);
  });

  it('are refused where the program was compiled for fewer', async () => {
    const [, network, program] = cases[0]!;
    const layout = stepVectorLayout(network);
    const compiled = await engine.compile(program, { buckets: stepBuckets(network, layout).parameters, abreast: 2 });
    await expect(compiled.runAbreast(sharesOf(network, layout.length, 3), () => undefined)).rejects.toThrow(RangeError);
    compiled.dispose();
  });
});
