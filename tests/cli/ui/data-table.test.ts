import { expect, test } from 'vitest';
import { dataLines } from '../../../src/cli/ui/data-table.ts';
import type { Survey } from '../../../src/cli/data/survey.ts';
import type { DatasetDescription } from '../../../src/shared/protocol/shared.ts';

const description: DatasetDescription = {
  name: 'pets',
  digest: 'ab'.repeat(32),
  classes: ['cat', 'elephant'],
  imageShape: [64, 64, 3],
  encoding: 'image',
  trainSamples: 1200,
  validationSamples: 300,
  mean: [0.5, 0.25, 0.125],
  deviation: [0.3, 0.2, 0.1],
};
const found: Survey = {
  classes: [
    { name: 'cat', train: 1000, validation: 250 },
    { name: 'elephant', train: 200, validation: 50 },
  ],
  width: { min: 20, median: 100, max: 640 },
  height: { min: 10, median: 80, max: 480 },
  grey: 7,
};

test('a dataset is told with its numbers and what is broken', () => {
  const broken = [{ file: 'cat/cut.jpg', reason: 'it ends early' }];
  expect(dataLines(description, found, broken, ['train/ is a class here.'])).toEqual([
    'dataset   pets, digest abababababab',
    'samples   1,500: 1,200 for training, 300 for validation',
    'sizes     height 10 / 80 / 480, width 20 / 100 / 640 (smallest / median / largest)',
    'network   gets 64x64, 3 channels (7 of 1,500 images are gray in themselves)',
    'mean      0.5000, 0.2500, 0.1250 (of 0 to 1, over the training samples)',
    'deviation 0.3000, 0.2000, 0.1000',
    '',
    'class     training  validation  --class-weights balanced',
    'cat          1,000         250                     0.600',
    'elephant       200          50                     3.000',
    '',
    'warning   train/ is a class here.',
    'broken    1 image that cannot be decoded:',
    '  cat/cut.jpg: it ends early',
  ]);
});

test('long lists are cut', () => {
  const classes = Array.from({ length: 1000 }, (_, i) => ({ name: `n${i}`, train: 1, validation: 0 }));
  const broken = Array.from({ length: 500 }, (_, i) => ({ file: `${i}.jpg`, reason: 'it is empty' }));
  const lines = dataLines(description, { ...found, classes }, broken, []);
  expect(lines).toContain('and 950 more');
  expect(lines.at(-1)).toBe('  and 480 more');
  expect(lines.length).toBeLessThan(90);
});
