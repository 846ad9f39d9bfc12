// The gradients of a GPU beside those of the wasm engine (or of cpu: minutes), of one step of the CNN and of ResNet-18 on the same random values.
//
//   node bench/gpu/gradients.mjs [--batch 4] [--precision f32|bf16] [--against wasm|cpu]
//
// prints a line of JSON for each network: ||gpu - wasm|| / ||wasm|| of the losses and of the gradient, as a whole and of the parameter
// where it is largest, and whether three runs gave the same bits.
import { parseArgs } from 'node:util';
import { createEngine } from '../../dist/engine/create.js';
import { trainingProgram } from '../../dist/engine/program/build.js';
import { jobSchema } from '../../dist/shared/job/schema.js';
import { buildNetwork } from '../../dist/shared/network/build.js';
import { initialiseBuffers, initialiseParameters } from '../../dist/shared/network/initialise.js';
import { bufferLayout, parameterLayout, sizeOf, stepVectorLayout } from '../../dist/shared/network/layout.js';
import { stepBuckets } from '../../dist/shared/network/buckets.js';
import { RandomStream, STREAM } from '../../dist/shared/random/stream.js';

const INPUT = [32, 32, 3];
const CLASSES = 10;
const RUNS = 3;

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '4' },
    precision: { type: 'string', default: 'f32' },
    against: { type: 'string', default: 'wasm' },
  },
});
const batch = Number(values.batch);

const engineOptions = { threads: 1, onBroken: (sentence) => console.error(sentence) };
const engines = {
  tensorflow: await createEngine('tensorflow', engineOptions),
  reference: await createEngine(values.against, engineOptions),
};

for (const model of ['cnn', 'resnet18']) {
  const network = buildNetwork(jobSchema.parse({ model, activation: 'tanh' }), INPUT, CLASSES);
  const layout = stepVectorLayout(network);
  const inputs = inputsOf(network);
  const expected = await gradientsOf('reference', 'f32', network, inputs, 1);
  const found = await gradientsOf('tensorflow', values.precision, network, inputs, RUNS);
  const names = network.parameters.map(({ name }, index) => ({ name, ...layout.parameters.spans[index] }));
  const differences = names.map(({ name, offset, size }) => ({
    name,
    difference: relative(found[0].vector, expected[0].vector, offset, offset + size),
  }));
  const worst = differences.reduce((a, b) => (b.difference > a.difference ? b : a));
  console.log(
    JSON.stringify({
      model,
      device: engines.tensorflow.device,
      precision: values.precision,
      batch,
      losses: relative(found[0].losses, expected[0].losses),
      gradient: relative(found[0].vector, expected[0].vector, 0, layout.parameters.length),
      worst,
      sameBits: found.every(({ vector }) => sameBits(vector, found[0].vector)),
    }),
  );
}
for (const engine of Object.values(engines)) engine.dispose();

async function gradientsOf(name, precision, network, inputs, runs) {
  const layout = stepVectorLayout(network);
  const program = trainingProgram(network, batch, { labelSmoothing: 0, precision });
  const compiled = await engines[name].compile(program, { buckets: stepBuckets(network, layout).parameters });
  const results = [];
  for (let run = 0; run < runs; run++) {
    const vector = new Float32Array(layout.length);
    const { losses } = await compiled.run(inputs, { vector, onBucket: () => undefined });
    results.push({ vector, losses: losses.slice() });
  }
  compiled.dispose();
  return results;
}

function inputsOf(network) {
  const random = new RandomStream(1, STREAM.augmentation);
  const parameters = new Float32Array(parameterLayout(network).length);
  const buffers = new Float32Array(bufferLayout(network).length);
  initialiseParameters(network, 1, parameters);
  initialiseBuffers(network, buffers);
  return {
    images: Float32Array.from({ length: batch * sizeOf(INPUT) }, () => random.normal()),
    labels: Int32Array.from({ length: batch }, () => random.below(CLASSES)),
    parameters,
    buffers,
    masks: network.masks.map(({ shape }) => new Float32Array(batch * sizeOf(shape)).fill(1)),
  };
}

/** ||a - b|| / ||b|| of a part; not a number passes for nothing but itself. */
function relative(a, b, from = 0, to = b.length) {
  let [above, below] = [0, 0];
  for (let i = from; i < to; i++) {
    above += (a[i] - b[i]) ** 2;
    below += b[i] ** 2;
  }
  return Math.sqrt(above / below);
}

function sameBits(a, b) {
  const [x, y] = [a, b].map(({ buffer }) => new Uint32Array(buffer));
  return x.every((bits, i) => bits === y[i]);
}
