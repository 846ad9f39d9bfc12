import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { onnxFile } from '../../../src/cli/export/onnx.ts';
import { Classifier } from '../../../src/cli/trained/classifier.ts';
import type { TrainedModel } from '../../../src/cli/trained/model.ts';
import { imagesFor, modelOf, RESNET } from './exported.ts';

/** Channels first, pixels 0 to 255. */
function channelsFirst(images: readonly Uint8Array[], [height, width, channels]: readonly number[]): Float32Array {
  const area = height! * width!;
  return Float32Array.from(
    images.flatMap((image) =>
      Array.from({ length: channels! * area }, (_, i) => image[(i % area) * channels! + Math.floor(i / area)]!),
    ),
  );
}

async function expectSameLogits(model: TrainedModel): Promise<void> {
  const images = imagesFor(model, 2);
  const classifier = await Classifier.create(model, 'wasm', 1);
  const ours = Float32Array.from((await classifier.run(images, new Int32Array(2))).logits);
  const session = await ort.InferenceSession.create(onnxFile(model, '0.0.0'));
  const [height, width, channels] = model.network.input;
  const pixels = new ort.Tensor('float32', channelsFirst(images, model.network.input), [2, channels, height, width]);
  const { logits } = await session.run({ pixels });
  const theirs = logits!.data as Float32Array;
  expect(logits!.dims).toEqual([2, model.network.outputs]);
  const scale = Math.max(...ours.map(Math.abs));
  ours.forEach((logit, index) => expect(Math.abs(theirs[index]! - logit) / scale).toBeLessThan(1e-5));
  // Logits that are all alike would agree with anything.
  expect(new Set(ours.map((logit) => Math.fround(logit / scale))).size).toBe(ours.length);
  await session.release();
}

describe('a model exported to ONNX gives the logits of the run in onnxruntime', () => {
  it.each(['relu', 'leaky_relu', 'sigmoid', 'tanh'] as const)('the CNN with %s', (activation) =>
    expectSameLogits(modelOf({ channels: [4, 6], dense: 8, dropout: 0.3, activation }, [12, 10, 3])),
  );

  it('the CNN with batch norm and mean pools, on gray images whose sides are odd, with one logit', () =>
    expectSameLogits(
      modelOf({ channels: [4, 6], pool: 'avg', batchNorm: true, loss: 'sigmoid' }, [9, 7, 1], ['cat', 'dog']),
    ));

  it('ResNet-18 with the 3x3 stem, and with the 7x7 stem, whose pool must not take padding for pixels', async () => {
    await expectSameLogits(modelOf({ ...RESNET, activation: 'leaky_relu' }, [15, 17, 1]));
    await expectSameLogits(modelOf({ ...RESNET, activation: 'tanh', noSkip: true }, [96, 97, 3]));
  });
});

it('names its input, its output and what it was trained on', () => {
  const text = Buffer.from(onnxFile(modelOf({ channels: [4] }, [8, 9, 3]), '1.2.3')).toString('latin1');
  for (const words of [
    'float32 [n, 3, 8, 9] (channels first), pixels from 0 to 255',
    '["cat","dog","bird"]',
    '"resize":"cover"',
  ]) {
    expect(text).toContain(words);
  }
});
