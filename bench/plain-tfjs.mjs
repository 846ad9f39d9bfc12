// The CNN of `gradsocket bench train` as a plain program of tfjs operations, one thread: what the wasm engine is compared
// with. Gradients by tfjs's tape, SGD with momentum by tfjs, images that lie ready.
//
//   node bench/plain-tfjs.mjs [--batch 64] [--steps 20] [--warmup 3] [--our-kernels]
//
// tfjs's wasm backend has no gradient of a filter and of max-pooling: it gets ours, so that it can train at all. With
// --our-kernels it has our convolutions and products, too: what then lies between is tape, dispatch and small operations.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { Backend } from '../dist/engine/interpreter/backend/backend.js';
import { wasmLowerings } from '../dist/engine/interpreter/lower/wasm.js';
import { Team } from '../dist/engine/interpreter/threads/team.js';

const CHANNELS = [32, 64, 128];
const DENSE = 128;
const CLASSES = 10;
const SIDE = 32;

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '3' },
    'our-kernels': { type: 'boolean', default: false },
  },
});
const [batch, steps, warmup] = [values.batch, values.steps, values.warmup].map(Number);

const backend = await Backend.open('wasm');
const team = await Team.gather(backend.memory, 1);

const kernels = wasmLowerings(team);

function windowOf({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }) {
  return { size: [filterHeight, filterWidth], strides: [strideHeight, strideWidth], padding: padInfo };
}

function convolutionOf(inputShape, filterShape, { strides, pad }) {
  return tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad);
}

/** In place of tfjs's own, where it has one. */
function register(kernelName, kernelFunc) {
  if (tf.getKernel(kernelName, 'wasm') !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: (call) => kernelFunc(call)[0] });
}

register('Conv2DBackpropFilter', ({ inputs: { x, dy }, attrs }) => {
  const window = windowOf(convolutionOf(x.shape, attrs.filterShape, attrs));
  return kernels.conv2dGradFilter(backend, { window }, [x, dy], [attrs.filterShape]);
});
register('MaxPoolGrad', ({ inputs: { input, output, dy }, attrs: { filterSize, strides, pad } }) => {
  const window = windowOf(tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad));
  return kernels.maxPoolGrad(backend, { window }, [input, output, dy], [input.shape]);
});
if (values['our-kernels']) {
  register('Conv2D', ({ inputs: { x, filter }, attrs }) => {
    const convolution = convolutionOf(x.shape, filter.shape, attrs);
    return kernels.conv2d(backend, { window: windowOf(convolution) }, [x, filter], [convolution.outShape]);
  });
  register('Conv2DBackpropInput', ({ inputs: { dy, filter }, attrs }) => {
    const window = windowOf(convolutionOf(attrs.inputShape, filter.shape, attrs));
    return kernels.conv2dGradInput(backend, { window }, [filter, dy], [attrs.inputShape]);
  });
  register('BatchMatMul', ({ inputs: { a, b }, attrs: { transposeA, transposeB } }) => {
    const shape = [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]];
    return kernels.matMul(backend, { transposeA, transposeB }, [a, b], [shape]);
  });
}

/** As `--init he_normal`. */
function weights(shape) {
  const inputs = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / inputs)));
}
const biases = (size) => tf.variable(tf.zeros([size]));

const convolutions = CHANNELS.map((outputs, index) => ({
  filter: weights([3, 3, CHANNELS[index - 1] ?? 3, outputs]),
  bias: biases(outputs),
}));
const flat = (SIDE / 2 ** CHANNELS.length) ** 2 * CHANNELS.at(-1);
const hidden = { matrix: weights([flat, DENSE]), bias: biases(DENSE) };
const head = { matrix: weights([DENSE, CLASSES]), bias: biases(CLASSES) };

const images = tf.randomNormal([batch, SIDE, SIDE, 3]);
const classes = Array.from({ length: batch }, (_, index) => index % CLASSES);
const labels = tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES), 'float32');
const optimizer = tf.train.momentum(0.01, 0.9);

function loss() {
  let x = images;
  for (const { filter, bias } of convolutions)
    x = tf.maxPool(tf.relu(tf.add(tf.conv2d(x, filter, 1, 'same'), bias)), 2, 2, 'valid');
  const dense = tf.relu(tf.add(tf.matMul(tf.reshape(x, [batch, flat]), hidden.matrix), hidden.bias));
  const logits = tf.add(tf.matMul(dense, head.matrix), head.bias);
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)));
}

const times = [];
let last = Number.NaN;
for (let step = 0; step < warmup + steps; step++) {
  const start = performance.now();
  const value = optimizer.minimize(loss, true);
  last = value.dataSync()[0];
  value.dispose();
  if (step >= warmup) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const milliseconds = times[times.length >> 1];
console.log(
  JSON.stringify({
    batch,
    steps,
    stepMilliseconds: milliseconds,
    imagesPerSecond: (1000 * batch) / milliseconds,
    loss: last,
  }),
);
process.exit();
