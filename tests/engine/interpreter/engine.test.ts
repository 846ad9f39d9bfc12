import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../src/engine/interpreter/engine.ts';
import { initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { parameterLayout, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { planBuckets } from '../../../src/shared/network/buckets.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import { lowerNetwork } from '../../../src/engine/program/lower.ts';
import { differentiate } from '../../../src/engine/program/passes/differentiate.ts';
import { removeDead } from '../../../src/engine/program/passes/remove-dead.ts';
import { bufferPlaces } from '../../../src/engine/program/steps/places.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';
import { evaluate } from '../reference/evaluate.ts';
import { expectAgreement, expectClose } from '../reference/gradient-check.ts';
import { type OperationCase, programOf } from '../reference/operation-cases.ts';
import { randomInputs, runCompiled, runProgram } from '../reference/run-program.ts';
import { frozenIn, partlyFrozen, smallBinaryCnn, smallCnn, smallResNet } from '../reference/small-networks.ts';

const BATCH = 3;
const networks = {
  'a CNN': smallCnn('tanh'),
  'a residual network': smallResNet('tanh'),
  'a CNN of one logit': smallBinaryCnn('tanh'),
  'a partly frozen network': partlyFrozen('tanh'),
};

let engines: Readonly<Record<'cpu' | 'wasm', Engine>>;
beforeAll(async () => {
  engines = {
    cpu: await createInterpreterEngine('cpu', { threads: 1 }),
    wasm: await createInterpreterEngine('wasm', { threads: 1 }),
  };
});

describe.each(['cpu', 'wasm'] as const)('on %s', (name) => {
  it.each(Object.entries(networks))('the gradients of %s agree with central differences', async (_, network) => {
    // Both without pool-first, so that values have the same numbers in both.
    const forward = lowerNetwork(network, { kind: 'training', batch: BATCH, loss: { labelSmoothing: 0.2 } });
    const training = differentiate(forward, frozenIn(network));
    const inputs = randomInputs(forward, 7);
    await expectAgreement({ engines: [engines[name]], training, forward, inputs, tolerance: 1e-4, elements: 12 });
  });

  it.each(Object.entries(networks))('so do those of %s with labels that are mixed', async (_, network) => {
    const loss = { labelSmoothing: 0.2 };
    const forward = lowerNetwork(network, { kind: 'training', batch: BATCH, loss, softTargets: true });
    const training = differentiate(forward, frozenIn(network));
    const inputs = randomInputs(forward, 7);
    await expectAgreement({ engines: [engines[name]], training, forward, inputs, tolerance: 1e-4, elements: 4 });
  });

  it.each(Object.entries(networks))('forward of %s with running statistics agrees with float64', async (_, network) => {
    const program = forwardProgram(network, BATCH, { labels: true });
    const inputs = randomInputs(program, 8);
    const expected = evaluate(program, inputs);
    const outcome = await runProgram(engines[name], program, inputs);
    expectClose('logits', outcome.logits, expected.get(program.logits)!.data, 1e-5);
    expectClose('losses', outcome.losses, expected.get(program.losses!)!.data, 1e-5);
  });

  it('rewrites change no gradient', async () => {
    for (const activation of ['relu', 'leaky_relu', 'sigmoid', 'tanh'] as const) {
      for (const network of [smallCnn(activation), smallResNet(activation)]) {
        const plain = differentiate(
          lowerNetwork(network, { kind: 'training', batch: BATCH, loss: { labelSmoothing: 0 } }),
        );
        const rewritten = trainingProgram(network, BATCH, { labelSmoothing: 0 });
        // Inputs are made in the same order for both programs, so they are the same.
        const expected = await runProgram(engines[name], plain, randomInputs(plain, 9));
        const outcome = await runProgram(engines[name], rewritten, randomInputs(rewritten, 9));
        expectClose('losses', outcome.losses, expected.losses, 1e-6);
        for (const [index, gradient] of outcome.gradients.entries()) {
          expectClose(`${activation}: gradient ${index}`, gradient, expected.gradients[index]!, 1e-5);
        }
      }
    }
  });

  it('leaving out what nobody needs changes no bit', async () => {
    const plain = differentiate(
      lowerNetwork(networks['a residual network'], { kind: 'training', batch: BATCH, loss: { labelSmoothing: 0 } }),
    );
    const inputs = randomInputs(plain, 10);
    const expected = await runProgram(engines[name], plain, inputs);
    const pruned = removeDead(plain);
    expect(pruned.operations.length).toBeLessThan(plain.operations.length);
    const outcome = await runProgram(engines[name], pruned, randomInputs(pruned, 10));
    expect(outcome.gradients).toEqual(expected.gradients);
  });

  it('the same inputs give the same bits again, and no tensor is left behind', async () => {
    const program = trainingProgram(networks['a residual network'], BATCH, { labelSmoothing: 0 });
    const inputs = randomInputs(program, 11);
    const buckets = program.gradients.map(({ parameter }) => [parameter]);
    const compiled = await engines[name].compile(program, { buckets });
    const first = await runCompiled(compiled, inputs);
    for (let run = 0; run < 30; run++) {
      const again = await runCompiled(compiled, inputs);
      expect(again.gradients).toEqual(first.gradients);
      expect(engines[name].tensorCount()).toBe(0);
    }
  });

  it('buckets leave in order, each with its gradients in the vector, before the first layers are done', async () => {
    const network = networks['a CNN'];
    const program = trainingProgram(network, BATCH, { labelSmoothing: 0 });
    const layout = stepVectorLayout(network);
    const { parameters, ranges } = planBuckets(network, layout, 32);
    expect(parameters.length).toBeGreaterThan(2);
    const compiled = await engines[name].compile(program, { buckets: parameters });
    const vector = new Float32Array(layout.length).fill(Number.NaN);
    const written = (parameter: number) => !Number.isNaN(vector[layout.parameters.spans[parameter]!.offset]!);
    const left: number[] = [];
    await compiled.run(
      {
        images: Float32Array.from({ length: BATCH * 60 }, (_, i) => Math.sin(i)),
        labels: new Int32Array(BATCH),
        parameters: new Float32Array(layout.parameters.length).fill(0.1),
        buffers: new Float32Array(0),
        masks: [new Float32Array(BATCH * 5).fill(1)],
      },
      {
        vector,
        onBucket(bucket) {
          expect(parameters[bucket]!.every(written)).toBe(true);
          if (bucket === 0) expect(written(0)).toBe(false);
          left.push(bucket);
        },
      },
    );
    expect(left).toEqual(ranges.map((_, index) => index));
  });

  it('the variance of a batch norm does not suffer from a large mean', async () => {
    const batchNorm = { op: 'batchNorm', epsilon: 1e-5 } as const;
    const program = programOf({ operation: batchNorm, inputs: [[5, 4, 3, 6], [6], [6]] });
    const inputs = randomInputs(program, 14);
    const [x] = program.inputs.map(({ value }) => value);
    // All of them are float32.
    const data = inputs.get(x!)!.data.map((value) => 4096 + Math.round(value * 64) / 64);
    inputs.set(x!, { shape: [5, 4, 3, 6], data });
    const expected = evaluate(program, inputs);
    const outcome = await runProgram(engines[name], program, inputs);
    const variance = program.statistics.find(({ buffer }) => buffer === 1)!.value;
    const { offset, size } = bufferPlaces(program)[1]!;
    expectClose('variance', outcome.statistics.subarray(offset, offset + size), expected.get(variance)!.data, 1e-6);
  });

  it('a label out of range throws, and leaves no tensor behind', async () => {
    const program = trainingProgram(networks['a CNN'], BATCH, { labelSmoothing: 0 });
    const inputs = randomInputs(program, 12);
    const labels = program.inputs.find(({ source }) => source.kind === 'labels')!.value;
    inputs.set(labels, { shape: [BATCH], data: Float64Array.of(0, 3, 0) });
    await expect(runProgram(engines[name], program, inputs)).rejects.toThrow('label 3 is not one of 3 classes');
    expect(engines[name].tensorCount()).toBe(0);
  });
});

describe('wasm agrees with cpu where its kernels work in several blocks', () => {
  const padding = { top: 1, bottom: 1, left: 1, right: 1 };
  const window = { size: [3, 3], strides: [1, 1], padding } as const;
  it.each<[string, OperationCase]>([
    [
      'small images',
      {
        operation: { op: 'conv2d', window },
        inputs: [
          [4, 10, 10, 5],
          [3, 3, 5, 9],
        ],
      },
    ],
    [
      'large images',
      {
        operation: { op: 'conv2d', window },
        inputs: [
          [3, 18, 17, 3],
          [3, 3, 3, 12],
        ],
      },
    ],
    [
      'a stride of two',
      {
        operation: { op: 'conv2d', window: { ...window, strides: [2, 2] } },
        inputs: [
          [7, 16, 15, 6],
          [3, 3, 6, 8],
        ],
      },
    ],
    [
      'a tall matrix',
      {
        operation: { op: 'matMul', transposeA: false, transposeB: false },
        inputs: [
          [600, 20],
          [20, 11],
        ],
      },
    ],
  ])('%s', async (_, operationCase) => {
    const program = differentiate(programOf(operationCase));
    const inputs = randomInputs(program, 13);
    const expected = await runProgram(engines.cpu, program, inputs);
    const outcome = await runProgram(engines.wasm, program, inputs);
    expectClose('logits', outcome.logits, expected.logits, 1e-5);
    for (const [index, gradient] of outcome.gradients.entries()) {
      expectClose(`gradient ${index}`, gradient, expected.gradients[index]!, 1e-5);
    }
  });
});

it('cpu and wasm give the same loss over 20 steps of gradient descent', async () => {
  const network = smallCnn('relu');
  const cpu = await lossCurve(engines.cpu, network, 20);
  const wasm = await lossCurve(engines.wasm, network, 20);
  expect(cpu.at(-1)).toBeLessThan(0.8 * cpu[0]!);
  for (const [step, loss] of cpu.entries()) expect(Math.abs(wasm[step]! / loss - 1)).toBeLessThan(1e-3);
});

/** Plain SGD on one fixed random batch. */
async function lossCurve(engine: Engine, network: Network, steps: number): Promise<number[]> {
  const batch = 8;
  const program = trainingProgram(network, batch, { labelSmoothing: 0 });
  const layout = parameterLayout(network);
  const compiled = await engine.compile(program, { buckets: [network.parameters.map((_, index) => index)] });
  const random = new RandomStream(5, STREAM.shuffle);
  const inputs = {
    images: Float32Array.from({ length: batch * 60 }, () => random.normal()),
    labels: Int32Array.from({ length: batch }, () => random.below(3)),
    parameters: new Float32Array(layout.length),
    buffers: new Float32Array(0),
    masks: [new Float32Array(batch * 5).fill(1)],
  };
  initialiseParameters(network, 1, inputs.parameters);
  const vector = new Float32Array(layout.length);
  const curve: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { losses } = await compiled.run(inputs, { vector, onBucket: () => {} });
    curve.push(losses.reduce((sum, loss) => sum + loss, 0) / batch);
    for (let i = 0; i < vector.length; i++) inputs.parameters[i]! -= (0.1 * vector[i]!) / batch;
  }
  return curve;
}
