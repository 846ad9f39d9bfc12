// The CNN of `gradsocket bench train` as a plain program of tfjs operations, one thread: what the wasm engine is compared
// with. Gradients by tfjs's tape, SGD with momentum by tfjs, images that lie ready.
//
//   node bench/plain-tfjs.mjs [--batch 64] [--steps 20] [--warmup 3]
//
// tfjs's wasm backend has no gradient of a filter and of max-pooling: it gets ours, so that it can train at all.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { Backend } from '../dist/shared/engine/interpreter/backend.js';
import { filterGradient } from '../dist/shared/engine/interpreter/lower/wasm-grad-filter.js';
import { Team } from '../dist/shared/engine/interpreter/threads/team.js';

const CHANNELS = [32, 64, 128];
const DENSE = 128;
const CLASSES = 10;
const SIDE = 32;

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '3' },
  },
});
const [batch, steps, warmup] = [values.batch, values.steps, values.warmup].map(Number);

const backend = await Backend.open('wasm');
const team = await Team.gather(backend.memory, 1);

tf.registerKernel({
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs: { x, dy }, attrs: { filterShape, strides, pad } }) => {
    const { padInfo } = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
    const strideOf = Array.isArray(strides) ? strides : [strides, strides];
    const options = { strides: strideOf, padding: [padInfo.top, padInfo.left] };
    return filterGradient(team, backend, x, dy, filterShape, options);
  },
});
tf.registerKernel({
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs: { input, output, dy }, attrs: { filterSize, strides, pad } }) => {
    const info = tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad);
    const dx = backend.allocate(input.shape);
    team.run('maxPoolGradient', () => [
      ...[dx, input, output, dy].map((tensor) => backend.address(tensor)),
      ...input.shape,
      ...[info.outHeight, info.outWidth, info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
      ...[info.padInfo.top, info.padInfo.left],
    ]);
    return dx;
  },
});

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
