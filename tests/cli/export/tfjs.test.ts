import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/cli/trained/classifier.ts';
import type { TrainedModel } from '../../../src/cli/trained/model.ts';
import { tfjsFiles } from '../../../src/cli/export/tfjs.ts';
import { decodeState, encodeState } from '../../../src/shared/checkpoint/state.ts';
import { datasetMetadata } from '../../../src/shared/checkpoint/dataset.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { bufferLayout, type Layout, parameterLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import type { DatasetDescription } from '../../../src/shared/protocol/shared.ts';
import { RandomStream } from '../../../src/shared/random/stream.ts';
import { uniform } from '../../shared/network/pytorch/formula.ts';

/** A model as a run leaves it, with parameters and running statistics that are all somewhere, or all zero. */
function modelOf(
  settings: Partial<Job>,
  imageShape: DatasetDescription['imageShape'],
  classes = ['cat', 'dog', 'bird'],
  values: 'somewhere' | 'zeros' = 'somewhere',
): TrainedModel {
  const job = jobSchema.parse(settings);
  const channels = imageShape[2];
  const dataset: DatasetDescription = {
    name: 'made up',
    digest: '0'.repeat(64),
    classes,
    imageShape,
    encoding: 'raw',
    trainSamples: 3,
    validationSamples: 3,
    mean: [0.49, 0.48, 0.44].slice(0, channels),
    deviation: [0.2, 0.25, 0.3].slice(0, channels),
  };
  const network = buildNetwork(job, imageShape, classes.length);
  const layout = { parameters: parameterLayout(network), buffers: bufferLayout(network), optimizer: [] };
  const parameters = new Float32Array(layout.parameters.length);
  const buffers = new Float32Array(layout.buffers.length);
  if (values === 'somewhere') scatter(network, layout, parameters, buffers);
  const position = { step: 3, seed: 1, fingerprint: 'a'.repeat(64) };
  const bytes = encodeState(layout, { parameters, buffers, optimizer: new Map() }, position, datasetMetadata(dataset));
  return { runDir: 'run', job, dataset, network, checkpoint: decodeState(bytes, 'x'), parameters, buffers };
}

function scatter(
  network: Network,
  layout: { readonly parameters: Layout; readonly buffers: Layout },
  parameters: Float32Array,
  buffers: Float32Array,
): void {
  initialiseParameters(network, 7, parameters);
  const random = new RandomStream(7, 5);
  network.parameters.forEach(({ shape }, index) => {
    const { offset, size } = layout.parameters.spans[index]!;
    // Biases and offsets start at zero, scales at one: as they are, a mistake with them would not show.
    if (shape.length === 1) for (let i = 0; i < size; i++) parameters[offset + i]! += 0.2 * random.normal();
    else parameters.set(uniform(index, size, Math.sqrt((6 * shape.at(-1)!) / size)), offset);
  });
  network.buffers.forEach(({ name }, index) => {
    const { offset, size } = layout.buffers.spans[index]!;
    for (let i = 0; i < size; i++)
      buffers[offset + i] = name.endsWith('var') ? 0.5 + random.uniform() : 0.2 * random.normal();
  });
}

function imagesFor({ network }: TrainedModel, count: number): Uint8Array[] {
  const random = new RandomStream(11, 5);
  const size = network.input.reduce((product, n) => product * n, 1);
  return Array.from({ length: count }, () => Uint8Array.from({ length: size }, () => random.below(256)));
}

/** What Keras's constructors take, of which its `from_config` lets no other key pass. tfjs passes over what it does not know. */
const LAYER = ['name', 'trainable', 'dtype'];
const WINDOW = ['strides', 'padding', 'data_format'];
const FILTERS = ['kernel_size', ...WINDOW, 'dilation_rate', 'activation', 'use_bias'];
const KERAS: Readonly<Record<string, readonly string[]>> = {
  // No layer that could be trained: Keras refuses to be told.
  InputLayer: ['name', 'batch_input_shape', 'dtype', 'sparse', 'ragged'],
  Conv2D: [...LAYER, ...FILTERS, 'filters', 'groups'],
  DepthwiseConv2D: [...LAYER, ...FILTERS, 'depth_multiplier'],
  Dense: [...LAYER, 'units', 'activation', 'use_bias'],
  BatchNormalization: [...LAYER, 'axis', 'momentum', 'epsilon', 'center', 'scale'],
  Activation: [...LAYER, 'activation'],
  LeakyReLU: [...LAYER, 'alpha'],
  MaxPooling2D: [...LAYER, ...WINDOW, 'pool_size'],
  AveragePooling2D: [...LAYER, ...WINDOW, 'pool_size'],
  GlobalAveragePooling2D: [...LAYER, 'data_format', 'keepdims'],
  ZeroPadding2D: [...LAYER, 'padding', 'data_format'],
  Cropping2D: [...LAYER, 'cropping', 'data_format'],
  Dropout: [...LAYER, 'rate', 'noise_shape', 'seed'],
  Flatten: [...LAYER, 'data_format'],
  Add: LAYER,
};

/** Eleven million parameters take a second to draw; they get others than these in any case. */
const RESNET = { model: 'resnet18', init: 'zeros' } as const;

interface ModelJson {
  readonly modelTopology: {
    readonly config: { readonly layers: readonly { readonly class_name: string; readonly config: object }[] };
  };
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[];
  readonly userDefinedMetadata: { readonly output: string; readonly classes: readonly string[] };
}

function modelJson(model: TrainedModel, files = tfjsFiles(model, '0.0.0')): ModelJson {
  return JSON.parse(files.model) as ModelJson;
}

/** As any program that knows tfjs alone would. */
async function plainTfjs(model: TrainedModel, images: readonly Uint8Array[]): Promise<Float32Array> {
  const files = tfjsFiles(model, '0.0.0');
  const { modelTopology, weightsManifest } = modelJson(model, files);
  const weightData = Uint8Array.from(files.weights).buffer;
  const loaded = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData }),
  );
  const pixels = Float32Array.from(images.flatMap((image) => [...image]));
  const logits = loaded.predict(tf.tensor4d(pixels, [images.length, ...model.network.input])) as tf.Tensor;
  return (await logits.data()) as Float32Array;
}

async function expectSameLogits(model: TrainedModel): Promise<void> {
  const images = imagesFor(model, 2);
  const classifier = await Classifier.create(model, 'wasm', 1);
  const ours = Float32Array.from((await classifier.run(images, new Int32Array(2))).logits);
  await tf.setBackend('wasm');
  const theirs = await plainTfjs(model, images);
  expect(theirs.length).toBe(ours.length);
  const scale = Math.max(...ours.map(Math.abs), 1e-3);
  ours.forEach((logit, index) => expect(Math.abs(theirs[index]! - logit) / scale).toBeLessThan(1e-4));
  // Logits that are all alike would agree with anything.
  expect(new Set(ours.map((logit) => Math.fround(logit / scale))).size).toBeGreaterThan(3);
}

describe('a model exported to tfjs gives the logits of the run, loaded by tfjs alone', () => {
  it.each(['relu', 'leaky_relu', 'sigmoid', 'tanh'] as const)('the CNN with %s', (activation) =>
    expectSameLogits(modelOf({ channels: [4, 6], dense: 8, dropout: 0.3, activation }, [12, 10, 3])),
  );

  it('the CNN on grey images whose sides are odd', () =>
    expectSameLogits(modelOf({ channels: [4, 6, 8], dense: 8 }, [9, 7, 1])));

  it('ResNet-18 with the 3x3 stem, even and odd sides', async () => {
    await expectSameLogits(modelOf(RESNET, [16, 16, 3]));
    await expectSameLogits(modelOf({ ...RESNET, activation: 'tanh' }, [15, 17, 1]));
  }, 60_000);

  it('ResNet-18 without shortcuts', () => expectSameLogits(modelOf({ ...RESNET, noSkip: true }, [16, 16, 3])), 60_000);

  it('ResNet-18 with the 7x7 stem, whose pool must not take padding for pixels', async () => {
    await expectSameLogits(modelOf({ ...RESNET, activation: 'tanh' }, [96, 96, 3]));
    await expectSameLogits(modelOf({ ...RESNET, activation: 'leaky_relu' }, [97, 99, 1]));
  }, 60_000);
});

describe('model.json', () => {
  it.each([
    ['the CNN', { channels: [4, 6], dense: 8, dropout: 0.3, batchNorm: true }, [12, 10, 3]],
    ['the CNN with leaky_relu and mean pools', { channels: [4], activation: 'leaky_relu', pool: 'avg' }, [9, 7, 1]],
    ['the CNN with tanh and one logit', { channels: [4], activation: 'tanh', loss: 'sigmoid' }, [8, 8, 1]],
    ['ResNet-18 with the 3x3 stem', { model: 'resnet18', freeze: 'all-but-head' }, [15, 17, 3]],
    ['ResNet-18 with the 7x7 stem', { model: 'resnet18', activation: 'sigmoid' }, [97, 99, 3]],
  ] as const)('of %s has no key that Keras would refuse', (_, { ...settings }, shape) => {
    const classes = 'loss' in settings ? ['cat', 'dog'] : undefined;
    const { config } = modelJson(modelOf(settings as Partial<Job>, [...shape], classes, 'zeros')).modelTopology;
    for (const { class_name: kind, config: own } of config.layers) {
      for (const key of Object.keys(own))
        expect(KERAS[kind] ?? [`not a layer that is known here: ${kind}`]).toContain(key);
    }
    expect(config.layers[0]!.config).toEqual({
      name: 'pixels',
      batch_input_shape: [null, ...shape],
      dtype: 'float32',
      sparse: false,
    });
  });

  it('says what makes probabilities of the output: sigmoid of one logit, else softmax', () => {
    const one = modelJson(modelOf({ channels: [4], loss: 'sigmoid' }, [8, 8, 1], ['cat', 'dog'])).userDefinedMetadata;
    expect(one.output).toContain('the logit of the second class; tf.sigmoid makes its probability of it');
    expect(one.output).not.toContain('softmax');
    const three = modelJson(modelOf({ channels: [4] }, [8, 8, 1])).userDefinedMetadata;
    expect(three.output).toBe('float32 [n, 3], the logit of each class; tf.softmax makes probabilities of them');
  });
});
