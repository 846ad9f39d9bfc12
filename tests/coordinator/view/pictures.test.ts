import { tmpdir } from 'node:os';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { Pictures } from '../../../src/coordinator/view/pictures.ts';
import { openDataset } from '../../../src/data/open.ts';
import { decodeSample } from '../../../src/data/images/decode.ts';
import type { EvaluationLine } from '../../../src/coordinator/progress/history.ts';
import { shownSamples } from '../../../src/shared/plan/shown-samples.ts';

const dataset = await openDataset({
  data: 'digits',
  imageSize: null,
  validationSplit: 0.2,
  badImages: 'fail',
  seed: 1,
  cacheDir: tmpdir(),
});
const { description } = dataset;
const [first, second] = shownSamples(description.validationSamples, 12);

it('of the samples that are shown there are pictures, as the network gets them; of others there are none', async () => {
  const pictures = new Pictures(dataset);
  const file = await pictures.file(second!);
  const { data, info } = await sharp(file!).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  expect([info.height, info.width, info.channels]).toEqual(description.imageShape);
  expect([...data]).toEqual([...(await decodeSample(description, await dataset.read('validation', second!)))]);
  expect(await pictures.file(first! - 1)).toBeNull();
  expect(await pictures.file(description.validationSamples)).toBeNull();
});

it('one that cannot be read is left out, and is there once it can', async () => {
  let broken = true;
  const read: typeof dataset.read = (split, index) => {
    if (broken) throw new Error('gone');
    return dataset.read(split, index);
  };
  const pictures = new Pictures(Object.assign(Object.create(dataset), { read }));
  expect(await pictures.file(first!)).toBeNull();
  broken = false;
  expect(await pictures.file(first!)).not.toBeNull();
});

it('answers come with what is right, by the names that the dataset has', () => {
  const line = { type: 'evaluation', time: '', step: 9, epoch: 0, loss: 1, accuracy: 1, samples: 359 } as const;
  const pictures = new Pictures(dataset);
  expect(pictures.answersIn(null)).toBeNull();
  expect(pictures.answersIn(line)).toBeNull();
  // The second is of another split of the data.
  const told: EvaluationLine = {
    ...line,
    shown: [
      [first!, 4, 0.9],
      [first! + 1, 4, 0.9],
    ],
  };
  expect(pictures.answersIn(told)).toEqual({
    step: 9,
    samples: [
      {
        sample: first,
        name: dataset.nameOf('validation', first!),
        label: dataset.labelOf('validation', first!),
        answer: 4,
        probability: 0.9,
      },
    ],
  });
});
