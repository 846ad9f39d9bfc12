import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
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
export function modelOf(
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
  // As a file comes: in a Buffer, whose memory holds other things, too, and at any place of it.
  const read = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
  return { runDir: 'run', job, dataset, network, checkpoint: decodeState(read, 'x'), parameters, buffers };
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

export function imagesFor({ network }: TrainedModel, count: number): Uint8Array[] {
  const random = new RandomStream(11, 5);
  const size = network.input.reduce((product, n) => product * n, 1);
  return Array.from({ length: count }, () => Uint8Array.from({ length: size }, () => random.below(256)));
}

/** Eleven million parameters take a second to draw; they get others than these in any case. */
export const RESNET = { model: 'resnet18', init: 'zeros' } as const;

interface ModelJson {
  readonly modelTopology: {
    readonly config: { readonly layers: readonly { readonly class_name: string; readonly config: object }[] };
  };
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[];
  readonly userDefinedMetadata: { readonly output: string; readonly classes: readonly string[] };
}

export function modelJson(model: TrainedModel, files = tfjsFiles(model, '0.0.0')): ModelJson {
  return JSON.parse(files.model) as ModelJson;
}

/** As any program that knows tfjs alone would. */
async function plainTfjs(model: TrainedModel, images: readonly Uint8Array[]): Promise<Float32Array> {
  const files = tfjsFiles(model, '0.0.0');
  const { modelTopology, weightsManifest } = modelJson(model, files);
  const weightData = new Uint8Array(files.weights).buffer;
  const loaded = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData }),
  );
  const pixels = Float32Array.from(images.flatMap((image) => [...image]));
  const logits = loaded.predict(tf.tensor4d(pixels, [images.length, ...model.network.input])) as tf.Tensor;
  return (await logits.data()) as Float32Array;
}

/** Plain tfjs makes the same of the exported model as our engine of the run. */
export async function expectSameLogits(model: TrainedModel): Promise<void> {
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
