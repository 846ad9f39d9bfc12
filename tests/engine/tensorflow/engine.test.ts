import { beforeAll, describe, expect, it } from 'vitest';
import type { ProgramInputs } from '../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../src/engine/interpreter/engine.ts';
import type { TensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';
import { alignUp, bufferLayout, parameterLayout, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { planBuckets } from '../../../src/shared/network/buckets.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { expectClose } from '../reference/gradient-check.ts';
import { randomInputs, runCompiled, runProgram } from '../reference/run-program.ts';
import { partlyFrozen, smallBinaryCnn, smallCnn, smallResNet } from '../reference/small-networks.ts';
import { IF_WITHOUT, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

const BATCH = 3;
const networks: readonly [string, Network][] = [
  ['a CNN', smallCnn('tanh')],
  ['a residual network', smallResNet('tanh')],
  ['a CNN of one logit', smallBinaryCnn('tanh')],
  ['a partly frozen network', partlyFrozen('tanh')],
];

describe.skipIf(WITHOUT_TENSORFLOW)(`the tensorflow engine${IF_WITHOUT}`, () => {
  let whole: TensorflowEngine;
  let inParts: TensorflowEngine;
  beforeAll(() => {
    whole = installedEngine('whole');
    inParts = installedEngine('buckets');
  });

  it.each(networks)(
    'gives the losses, statistics and gradients of %s that the cpu engine gives',
    async (_, network) => {
      const cpu = await createInterpreterEngine('cpu', { threads: 1 });
      const weights = { classWeights: [0, 0.75, 1.5].slice(0, network.classes) };
      const losses = [0, 0.2].flatMap((labelSmoothing) => [{ labelSmoothing }, { labelSmoothing, ...weights }]);
      for (const loss of losses.flatMap((one) => [one, { ...one, softTargets: true }])) {
        const program = trainingProgram(network, BATCH, loss);
        const inputs = randomInputs(program, 3);
        const expected = await runProgram(cpu, program, inputs);
        const outcome = await runProgram(whole, program, inputs);
        expectClose('logits', outcome.logits, expected.logits, 1e-5);
        expectClose('losses', outcome.losses, expected.losses, 1e-5);
        expectClose('statistics', outcome.statistics, expected.statistics, 1e-5);
        for (const [index, gradient] of outcome.gradients.entries()) {
          expectClose(`gradient ${index}`, gradient, expected.gradients[index]!, 1e-4);
        }
      }
    },
  );

  it.each(networks)('evaluates %s with running statistics as the cpu engine does', async (_, network) => {
    const cpu = await createInterpreterEngine('cpu', { threads: 1 });
    for (const labels of [true, false]) {
      const program = forwardProgram(network, BATCH, { labels });
      const inputs = randomInputs(program, 4);
      const expected = await runProgram(cpu, program, inputs);
      const outcome = await runProgram(inParts, program, inputs);
      expectClose('logits', outcome.logits, expected.logits, 1e-5);
      expectClose('losses', outcome.losses, expected.losses, 1e-5);
      expect(outcome.statistics).toHaveLength(0);
    }
  });

  it.each(networks)('gives the same bits for %s whole and in parts, cut in any way', async (_, network) => {
    const program = trainingProgram(network, BATCH, { labelSmoothing: 0 });
    const inputs = randomInputs(program, 5);
    const expected = await runProgram(whole, program, inputs);
    for (const target of [1, 16, 64, 100_000]) {
      const { parameters } = planBuckets(network, stepVectorLayout(network), target);
      const compiled = await inParts.compile(program, { buckets: parameters });
      const outcome = await runCompiled(compiled, inputs);
      expect(outcome.gradients).toEqual(expected.gradients);
      expect(outcome.statistics).toEqual(expected.statistics);
      expect(outcome.losses).toEqual(expected.losses);
      compiled.dispose();
    }
    expect(inParts.tensorCount()).toBe(0);
  });

  it('hands a bucket out with its gradients in the vector, while those of the first layers are still to come', async () => {
    const { network, program, inputs } = plainCnn();
    const layout = stepVectorLayout(network);
    const { parameters } = planBuckets(network, layout, 32);
    const compiled = await inParts.compile(program, { buckets: parameters });
    const vector = new Float32Array(layout.length).fill(Number.NaN);
    const written = (parameter: number): boolean => !Number.isNaN(vector[layout.parameters.spans[parameter]!.offset]!);
    const left: number[] = [];
    await compiled.run(inputs, {
      vector,
      onBucket(bucket) {
        expect(parameters[bucket]!.every(written)).toBe(true);
        if (bucket === 0) expect(written(0)).toBe(false);
        left.push(bucket);
      },
    });
    expect(left).toEqual(parameters.map((_, index) => index));
  });

  it('writes gradients to their spans alone', async () => {
    const { network, program, inputs } = plainCnn();
    const layout = stepVectorLayout(network);
    const vector = new Float32Array(layout.length).fill(7);
    const compiled = await whole.compile(program, { buckets: [network.parameters.map((_, index) => index)] });
    await compiled.run(inputs, { vector, onBucket: () => undefined });
    const inSpan = new Uint8Array(layout.length);
    for (const { offset, size } of layout.parameters.spans) inSpan.fill(1, offset, offset + size);
    for (const [index, value] of vector.entries()) {
      if (inSpan[index] === 0) expect(value).toBe(7);
    }
  });

  it('gives the same bits 300 times over, and no tensor stays behind', async () => {
    const { network, program, inputs } = plainCnn();
    const layout = stepVectorLayout(network);
    const { parameters } = planBuckets(network, layout, 32);
    const compiled = await inParts.compile(program, { buckets: parameters });
    const vector = new Float32Array(layout.length);
    const sink = { vector, onBucket: () => undefined };
    await compiled.run(inputs, sink);
    const first = vector.slice();
    for (let step = 0; step < 300; step++) {
      const result = await compiled.run(inputs, sink);
      if (step === 0) expect(result.statistics).toHaveLength(bufferLayout(network).length);
    }
    expect(vector).toEqual(first);
    expect(inParts.tensorCount()).toBe(0);
  });

  it('frees its tensors when TensorFlow refuses a run, and can run again', async () => {
    const { network, program, inputs } = plainCnn();
    const compiled = await inParts.compile(program, {
      buckets: network.parameters.map((_, index) => [index]).reverse(),
    });
    const sink = { vector: new Float32Array(stepVectorLayout(network).length), onBucket: () => undefined };
    const wrong = { ...inputs, labels: Int32Array.of(0, 3, 0) };
    await expect(compiled.run(wrong, sink)).rejects.toThrow('label');
    expect(inParts.tensorCount()).toBe(0);
    await compiled.run(inputs, sink);
    await expect(compiled.run({ ...inputs, images: new Float32Array(5) }, sink)).rejects.toThrow('Shape');
    expect(inParts.tensorCount()).toBe(0);
  });

  it('reads parameters where they lie: in shared memory, from any multiple of 64 bytes on', async () => {
    const { network, program, inputs } = plainCnn();
    const { length } = parameterLayout(network);
    const shared = new Float32Array(new SharedArrayBuffer(4 * (length + 16)), 64, length);
    shared.set(inputs.parameters);
    const compiled = await whole.compile(program, { buckets: [network.parameters.map((_, index) => index)] });
    const run = async (parameters: Float32Array): Promise<Float32Array> => {
      const vector = new Float32Array(alignUp(length));
      await compiled.run({ ...inputs, parameters }, { vector, onBucket: () => undefined });
      return vector;
    };
    expect(await run(shared)).toEqual(await run(inputs.parameters));
  });

  it('refuses to run what was disposed of, and a training program without a sink', async () => {
    const { network, program, inputs } = plainCnn();
    const compiled = await whole.compile(program, { buckets: [network.parameters.map((_, index) => index)] });
    await expect(compiled.run(inputs)).rejects.toThrow('sink');
    compiled.dispose();
    compiled.dispose();
    await expect(compiled.run(inputs)).rejects.toThrow('disposed');
  });
});

/** A CNN with relu and inputs for it. */
function plainCnn(): { network: Network; program: StepProgram; inputs: ProgramInputs } {
  const network = smallCnn('relu');
  const inputs = {
    images: Float32Array.from({ length: BATCH * 60 }, (_, i) => Math.sin(i)),
    labels: Int32Array.of(0, 1, 2),
    parameters: Float32Array.from({ length: parameterLayout(network).length }, (_, i) => Math.cos(i) / 3),
    buffers: new Float32Array(0),
    masks: [new Float32Array(BATCH * 5).fill(1)],
  };
  return { network, program: trainingProgram(network, BATCH, { labelSmoothing: 0 }), inputs };
}
