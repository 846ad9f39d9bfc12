import { expect } from 'vitest';
import type { Engine } from '../../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../../src/engine/interpreter/engine.ts';
import { bufferLayout, parameterLayout, sizeOf, stepVectorLayout } from '../../../../src/shared/network/layout.ts';
import type { Network } from '../../../../src/shared/network/network.ts';
import { planBuckets } from '../../../../src/shared/network/buckets.ts';
import { forwardProgram, trainingProgram } from '../../../../src/engine/program/build.ts';
import { loadWeights } from '../../../../src/engine/weights/load.ts';
import { pytorchParameters, toPytorch } from '../../../../src/engine/weights/pytorch-layout.ts';
import { RunningStatistics } from '../../../../src/worker/transport/running-statistics.ts';
import { installedEngine, WITHOUT_TENSORFLOW } from '../../../engine/tensorflow/installed.ts';
import { digestOf } from './formula.ts';
import { type Case, GOLDEN, imagesOf, labelsOf, networkOf, pytorchFile } from './golden.ts';

/** By name, how to make those that are here. */
export const ENGINES: Readonly<Record<string, () => Engine | Promise<Engine>>> = {
  ...(WITHOUT_TENSORFLOW ? {} : { tensorflow: () => installedEngine('buckets') }),
  wasm: () => createInterpreterEngine('wasm', { threads: 1 }),
};

/**
 * Relative to the norm of a gradient, to the largest logit, and so on. With relu, an input within rounding of zero may fall
 * on either side of it, which changes whole paths of the gradient.
 */
const TOLERANCE = { tensorflow: 1e-4, wasm: 1e-3 } as Readonly<Record<string, number>>;
const RELU_TOLERANCE = 1e-3;

/** What PyTorch says of a network: logits, losses, gradients and running statistics. */
export async function expectPytorchsNumbers(engine: Engine, golden: Case): Promise<void> {
  const network = networkOf(golden);
  expect(network.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(golden.parameterCount);
  const relu = golden.job.activation === 'relu';
  const tolerance = relu ? Math.max(RELU_TOLERANCE, TOLERANCE[engine.name]!) : TOLERANCE[engine.name]!;
  const weights = weightsOf(network);

  const evaluated = await forward(engine, network, golden, weights);
  expectNear('logits of evaluation', evaluated.logits, golden.evaluatedLogits, 1e-4);
  expectNear('losses of evaluation', evaluated.losses, golden.evaluatedLosses, 1e-4);

  const trained = await train(engine, network, golden, weights);
  expectNear('logits', trained.logits, golden.logits, TOLERANCE[engine.name]!);
  expectNear('losses', trained.losses, golden.losses, TOLERANCE[engine.name]!);
  expectGradients(network, trained.gradients, golden, tolerance);
  const { spans } = bufferLayout(network);
  for (const [index, { name: buffer, offset, size }] of spans.entries()) {
    const values = trained.buffers.subarray(offset, offset + size);
    const digest = digestOf(values, index, GOLDEN.sums, GOLDEN.elements);
    expectNear(buffer, digest, golden.runningStatistics[index]!, TOLERANCE[engine.name]!);
  }
}

interface Weights {
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
}

/** Weights of networks that have the same ones, whatever else is different: eleven million take their time to make. */
const LOADED = new Map<string, Weights>();

function weightsOf(network: Network): Weights {
  const key = JSON.stringify([...network.parameters, ...network.buffers].map(({ name, shape }) => [name, shape]));
  const weights = LOADED.get(key) ?? loaded(network);
  LOADED.set(key, weights);
  return weights;
}

/** As from a file that PyTorch wrote. */
function loaded(network: Network): Weights {
  const weights = {
    parameters: new Float32Array(parameterLayout(network).length),
    buffers: new Float32Array(bufferLayout(network).length),
  };
  expect(loadWeights(pytorchFile(network), 'golden.safetensors', network, weights)).toEqual({
    newHead: null,
    leftOut: [],
    classes: null,
  });
  return weights;
}

async function forward(engine: Engine, network: Network, golden: Case, weights: Weights) {
  const compiled = await engine.compile(forwardProgram(network, golden.batch, { labels: true }), { buckets: [] });
  const result = await compiled.run({ images: imagesOf(golden, 0), labels: labelsOf(golden), ...weights, masks: [] });
  const outcome = { logits: result.logits.slice(), losses: result.losses.slice() };
  compiled.dispose();
  return outcome;
}

/** The first batch gives the gradients; all of them move the running statistics. */
async function train(engine: Engine, network: Network, golden: Case, weights: Weights) {
  const layout = stepVectorLayout(network);
  const program = trainingProgram(network, golden.batch, { labelSmoothing: golden.labelSmoothing ?? 0 });
  const { parameters } = planBuckets(network, layout, 2 ** 20);
  const compiled = await engine.compile(program, { buckets: parameters });
  const running = new RunningStatistics(network);
  const outcomes: { logits: Float32Array; losses: Float32Array; gradients: Float32Array }[] = [];
  let { buffers } = weights;
  for (let batch = 0; batch < (golden.batches ?? GOLDEN.batches); batch++) {
    const vector = new Float32Array(layout.length);
    const inputs = { images: imagesOf(golden, batch), labels: labelsOf(golden), ...weights, buffers, masks: [] };
    const { logits, losses, statistics } = await compiled.run(inputs, { vector, onBucket: () => undefined });
    const next = new Float32Array(buffers.length);
    const sums = statistics.map((value) => value * golden.batch);
    running.update(buffers, sums, golden.batch, next);
    buffers = next;
    outcomes.push({ logits: logits.slice(), losses: losses.slice(), gradients: vector });
  }
  compiled.dispose();
  return { ...outcomes[0]!, buffers };
}

function expectGradients(network: Network, gradients: Float32Array, golden: Case, tolerance: number): void {
  const { spans } = parameterLayout(network);
  const trained = network.parameters.filter(({ frozen }) => !frozen).map(({ name }) => name);
  expect(Object.keys(golden.gradients)).toEqual(trained);
  for (const [index, layout] of pytorchParameters(network).entries()) {
    const expected = golden.gradients[layout.name];
    if (expected === undefined) continue;
    const { offset, size } = spans[index]!;
    const values = toPytorch(gradients.subarray(offset, offset + size), layout);
    const digest = digestOf(values, index, GOLDEN.sums, GOLDEN.elements);
    expectNear(`gradient of ${layout.name}`, digest, expected, tolerance, expected[0]);
  }
}

/** `scale`: what errors are relative to; where not given, the largest magnitude expected. */
function expectNear(
  what: string,
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
  scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
): void {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(actual[i]! - x) / scale), 0);
  // Not `> tolerance`: NaN must fail.
  if (!(worst <= tolerance)) expect.fail(`${what} is off by ${worst} of ${scale}, allowed are ${tolerance}`);
}
