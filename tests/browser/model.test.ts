import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fromFiles, loadModel, type PixelSource, type TensorflowJs } from '../../src/browser/index.ts';
import { tfjsFiles } from '../../src/cli/export/tfjs.ts';
import { Classifier } from '../../src/cli/trained/classifier.ts';
import type { TrainedModel } from '../../src/cli/trained/model.ts';
import { decodeImage } from '../../src/data/images/decode.ts';
import { probabilitiesOf } from '../../src/shared/network/probabilities.ts';
import type { DatasetDescription } from '../../src/shared/protocol/shared.ts';
import { RandomStream } from '../../src/shared/random/stream.ts';
import { modelOf } from '../cli/export/exported.ts';

/** Coarse enough that a mistake in resizing moves the answers. */
function picture(width: number, height: number): PixelSource {
  const random = new RandomStream(5, 2);
  const spots = Array.from({ length: 64 }, () => random.below(256));
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const spot = (Math.floor((8 * (i % width)) / width) + 8 * Math.floor((8 * Math.floor(i / width)) / height)) % 64;
    for (let channel = 0; channel < 3; channel++) data[4 * i + channel] = spots[(spot + 7 * channel) % 64]!;
    data[4 * i + 3] = 255;
  }
  return { data, width, height };
}

async function expectSameProbabilities(model: TrainedModel, image: PixelSource): Promise<void> {
  const { width, height, data } = image;
  const file = await sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  const { imageShape, decoding } = model.dataset;
  const decoded = await decodeImage(file, imageShape, decoding);
  if (decoded.reason !== null) throw new Error(decoded.reason);
  const classifier = await Classifier.create(model, 'wasm', 1);
  const { logits } = await classifier.run([decoded.pixels], new Int32Array(1));
  const ours = probabilitiesOf(Float32Array.from(logits));

  const files = tfjsFiles(model, '0.0.0');
  const loaded = await loadModel(fromFiles(files.model, files.weights), { tf: tf as unknown as TensorflowJs });
  expect(loaded.labels).toEqual(model.dataset.classes);
  const [first, second] = await loaded.predict([image, image]);
  for (const { label, probability } of first!.predictions) {
    expect(Math.abs(probability - ours[loaded.labels.indexOf(label)]!)).toBeLessThan(1e-5);
  }
  expect(second).toEqual(first);
  expect(first!.probability).toBe(Math.max(...first!.predictions.map(({ probability }) => probability)));
  loaded.dispose();
}

function withDecoding(model: TrainedModel, decoding: DatasetDescription['decoding']): TrainedModel {
  return { ...model, dataset: { ...model.dataset, ...(decoding === undefined ? {} : { decoding }) } };
}

describe('a model exported for tfjs gives the probabilities of predict, where the same pixels go in', () => {
  it.each([
    ['scaled to cover', undefined],
    ['squashed', { resize: 'squash', interpolation: 'bicubic', colourProfile: 'apply' }],
    ['as torchvision does', { resize: 20, interpolation: 'bilinear', colourProfile: 'ignore' }],
  ] as const)('%s', async (_, decoding) => {
    const model = withDecoding(modelOf({ channels: [4, 6], dense: 8 }, [16, 16, 3]), decoding);
    await expectSameProbabilities(model, picture(50, 37));
    await expectSameProbabilities(model, picture(11, 9));
  });

  it('gray, with one logit, and of the very size', async () => {
    const model = modelOf({ channels: [4], dense: 8, loss: 'sigmoid' }, [12, 12, 1], ['cat', 'dog']);
    await expectSameProbabilities(model, picture(31, 44));
    await expectSameProbabilities(model, picture(12, 12));
  });
});

describe('loadModel of gradsocket/browser', () => {
  it('says that TensorFlow.js is not here', async () => {
    await expect(loadModel('model.json')).rejects.toThrow('TensorFlow.js is not here');
  });

  it('says of an export of before that it has to be written anew', async () => {
    const { model, weights } = tfjsFiles(modelOf({ channels: [4] }, [8, 8, 1]), '0.0.0');
    const { userDefinedMetadata: _, ...old } = JSON.parse(model) as { userDefinedMetadata: unknown };
    const files = fromFiles(JSON.stringify({ ...old, userDefinedMetadata: {} }), weights);
    await expect(loadModel(files, { tf: tf as unknown as TensorflowJs })).rejects.toThrow('Write it anew');
  });
});
