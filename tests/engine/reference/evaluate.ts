import {
  type ActivationKind,
  LEAKY_RELU_SLOPE,
  type Operation,
  type ValueId,
  type Window,
} from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { type Tensor64, zeros } from './tensor.ts';

/**
 * Evaluates the forward part of a program in float64, by definition, with no thought for speed. Written apart from the
 * engines: it shares nothing with them but the meaning of the operations.
 */
export function evaluate(program: StepProgram, inputs: ReadonlyMap<ValueId, Tensor64>): Map<ValueId, Tensor64> {
  const values = new Map(inputs);
  for (const operation of program.operations) {
    const results = evaluateOperation(
      operation,
      operation.inputs.map((value) => values.get(value)!),
      operation.outputs.map((value) => program.values[value]!.shape),
    );
    for (const [index, value] of operation.outputs.entries()) values.set(value, results[index] ?? zeros([0]));
  }
  return values;
}

function evaluateOperation(
  operation: Operation,
  inputs: readonly Tensor64[],
  shapes: readonly (readonly number[])[],
): readonly Tensor64[] {
  const [a, b, c, d, e] = inputs as [Tensor64, Tensor64, Tensor64, Tensor64, Tensor64];
  const shape = shapes[0]!;
  switch (operation.op) {
    case 'conv2d':
      return [conv2d(a, b, operation.window, shape)];
    case 'biasAdd':
      return [{ shape, data: a.data.map((x, i) => x + b.data[i % b.data.length]!) }];
    case 'activation':
      return [{ shape, data: a.data.map((x) => activation(operation.kind, x)) }];
    case 'maxPool':
      return [pool(a, operation.window, shape, (values) => Math.max(...values))];
    case 'avgPool':
      return [pool(a, operation.window, shape, mean)];
    case 'add':
      return [{ shape, data: a.data.map((x, i) => x + b.data[i]!) }];
    case 'multiply':
      return [{ shape, data: a.data.map((x, i) => x * b.data[i]!) }];
    case 'reshape':
      return [{ shape, data: a.data }];
    case 'matMul':
      return [matMul(a, b, operation.transposeA, operation.transposeB, shape)];
    case 'globalAverage': {
      const size: [number, number] = [a.shape[1]!, a.shape[2]!];
      const padding = { top: 0, bottom: 0, left: 0, right: 0 };
      const image = [shape[0]!, 1, 1, shape[1]!];
      return [{ shape, data: pool(a, { size, strides: [1, 1], padding }, image, mean).data }];
    }
    case 'batchNorm':
      return batchNorm(a, b, c, operation.epsilon, shapes);
    case 'batchNormInference':
      return [{ shape, data: a.data.map((x, i) => normalise(x, i % b.data.length, b, c, d, e, operation.epsilon)) }];
    case 'cast':
      return [{ shape, data: operation.to === 'bfloat16' ? a.data.map(toBfloat16) : a.data }];
    case 'softmaxCrossEntropy':
      return [softmaxCrossEntropy(a, b, operation.labelSmoothing)];
    case 'sigmoidCrossEntropy':
      return [sigmoidCrossEntropy(a, b, operation.labelSmoothing)];
    case 'conv2dGradInput':
    case 'conv2dGradFilter':
    case 'biasAddGrad':
    case 'activationGrad':
    case 'maxPoolGrad':
    case 'avgPoolGrad':
    case 'batchNormGrad':
    case 'batchNormInferenceGrad':
    case 'globalAverageGrad':
      throw new Error(`${operation.op} is no forward operation`);
  }
}

/** Seven bits of fraction, to nearest, ties to even; the range is that of float32. */
function toBfloat16(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 7);
  const below = Math.floor(x / unit);
  const rest = x / unit - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return (below + (up ? 1 : 0)) * unit;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function activation(kind: ActivationKind, x: number): number {
  switch (kind) {
    case 'relu':
      return Math.max(x, 0);
    case 'leaky_relu':
      return x > 0 ? x : LEAKY_RELU_SLOPE * x;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'tanh':
      return Math.tanh(x);
  }
}

/** Visits the pixels under the window of output pixel (oh, ow) that are not padding. */
function under(
  x: Tensor64,
  window: Window,
  oh: number,
  ow: number,
  visit: (h: number, w: number, kh: number, kw: number) => void,
): void {
  for (let kh = 0; kh < window.size[0]; kh++) {
    for (let kw = 0; kw < window.size[1]; kw++) {
      const h = oh * window.strides[0] + kh - window.padding.top;
      const w = ow * window.strides[1] + kw - window.padding.left;
      if (h >= 0 && h < x.shape[1]! && w >= 0 && w < x.shape[2]!) visit(h, w, kh, kw);
    }
  }
}

function at({ shape }: Tensor64, i: number, j: number, k: number, l: number): number {
  return ((i * shape[1]! + j) * shape[2]! + k) * shape[3]! + l;
}

function conv2d(x: Tensor64, filter: Tensor64, window: Window, shape: readonly number[]): Tensor64 {
  const y = zeros(shape);
  const [batch, height, width, filters] = shape as [number, number, number, number];
  for (let n = 0; n < batch; n++) {
    for (let oh = 0; oh < height; oh++) {
      for (let ow = 0; ow < width; ow++) {
        under(x, window, oh, ow, (h, w, kh, kw) => {
          for (let ci = 0; ci < x.shape[3]!; ci++) {
            const pixel = x.data[at(x, n, h, w, ci)]!;
            for (let co = 0; co < filters; co++) {
              y.data[at(y, n, oh, ow, co)]! += pixel * filter.data[at(filter, kh, kw, ci, co)]!;
            }
          }
        });
      }
    }
  }
  return y;
}

function pool(x: Tensor64, window: Window, shape: readonly number[], reduce: (values: readonly number[]) => number) {
  const y = zeros(shape);
  const [batch, height, width, channels] = shape as [number, number, number, number];
  for (let n = 0; n < batch; n++) {
    for (let oh = 0; oh < height; oh++) {
      for (let ow = 0; ow < width; ow++) {
        for (let c = 0; c < channels; c++) {
          const values: number[] = [];
          under(x, window, oh, ow, (h, w) => values.push(x.data[at(x, n, h, w, c)]!));
          y.data[at(y, n, oh, ow, c)] = reduce(values);
        }
      }
    }
  }
  return y;
}

function matMul(a: Tensor64, b: Tensor64, transposeA: boolean, transposeB: boolean, shape: readonly number[]) {
  const y = zeros(shape);
  const [rows, columns] = shape as [number, number];
  const inner = transposeA ? a.shape[0]! : a.shape[1]!;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < inner; k++) {
        const left = transposeA ? a.data[k * rows + i]! : a.data[i * inner + k]!;
        const right = transposeB ? b.data[j * inner + k]! : b.data[k * columns + j]!;
        y.data[i * columns + j]! += left * right;
      }
    }
  }
  return y;
}

function normalise(
  x: number,
  c: number,
  scale: Tensor64,
  offset: Tensor64,
  means: Tensor64,
  variance: Tensor64,
  epsilon: number,
): number {
  return ((x - means.data[c]!) / Math.sqrt(variance.data[c]! + epsilon)) * scale.data[c]! + offset.data[c]!;
}

function batchNorm(
  x: Tensor64,
  scale: Tensor64,
  offset: Tensor64,
  epsilon: number,
  shapes: readonly (readonly number[])[],
): readonly Tensor64[] {
  const channels = scale.data.length;
  const means = zeros([channels]);
  const biased = zeros([channels]);
  const unbiased = zeros([channels]);
  for (let c = 0; c < channels; c++) {
    const values = Array.from(x.data.filter((_, i) => i % channels === c));
    means.data[c] = mean(values);
    const squares = values.reduce((sum, value) => sum + (value - means.data[c]!) ** 2, 0);
    biased.data[c] = squares / values.length;
    unbiased.data[c] = values.length > 1 ? squares / (values.length - 1) : 0;
  }
  const y = x.data.map((value, i) => normalise(value, i % channels, scale, offset, means, biased, epsilon));
  return [{ shape: shapes[0]!, data: y }, means, unbiased];
}

function sigmoidCrossEntropy(logits: Tensor64, labels: Tensor64, smoothing: number): Tensor64 {
  const data = logits.data.map((logit, n) => {
    // A label is the share of the second class, and a soft target may be any.
    const target = (1 - smoothing) * labels.data[n]! + smoothing / 2;
    const probability = 1 / (1 + Math.exp(-logit));
    return -target * Math.log(probability) - (1 - target) * Math.log(1 - probability);
  });
  return { shape: [data.length], data };
}

function softmaxCrossEntropy(logits: Tensor64, labels: Tensor64, smoothing: number): Tensor64 {
  const [samples, classes] = logits.shape as [number, number];
  const losses = zeros([samples]);
  for (let n = 0; n < samples; n++) {
    const row = [...logits.data.subarray(n * classes, (n + 1) * classes)];
    const largest = Math.max(...row);
    const logSum = largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    for (const [k, logit] of row.entries()) {
      const share = labels.shape.length === 2 ? labels.data[n * classes + k]! : Number(k === labels.data[n]);
      const target = (1 - smoothing) * share + smoothing / classes;
      losses.data[n]! -= target * (logit - logSum);
    }
  }
  return losses;
}
