import { expect, it } from 'vitest';
import { datasetMetadata, datasetOf } from '../../../src/shared/checkpoint/dataset.ts';
import type { DatasetDescription } from '../../../src/shared/protocol/shared.ts';

const dataset: DatasetDescription = {
  name: 'cats and dogs',
  digest: 'a'.repeat(64),
  classes: ['cat', 'dog', '\u{1f426}'],
  imageShape: [32, 32, 3],
  encoding: 'image',
  trainSamples: 80,
  validationSamples: 20,
  mean: [0.1, 0.2, 1 / 3],
  deviation: [0.25, 0.5, 0.123456789012345],
};

it('a checkpoint gives back, to the last bit, the dataset that it was written with', () => {
  expect(datasetOf({ file: 'x', metadata: { ...datasetMetadata(dataset) } })).toEqual(dataset);
});

it.each([{}, { dataset: 'no JSON' }, { dataset: '{"name":"x"}' }])(
  '%j is refused by the name of the file',
  (metadata) => {
    expect(() => datasetOf({ file: 'step-1.safetensors', metadata })).toThrow(
      /step-1\.safetensors.*(trained on|dataset)/,
    );
  },
);
