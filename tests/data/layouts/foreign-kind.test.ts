import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCandidates } from '../../../src/data/layouts/layout.ts';
import { folderOf, temporaryFolder } from '../fixtures.ts';

test.each([
  ['pets.rar', 'Rar!\x1a\x07', /is a RAR archive, which is not read here: unpack it, and pass the folder\.$/],
  ['pets.7z', '7z', /is a 7z archive.*unpack it/],
  ['pets.tar.xz', '', /is a tar archive that gzip did not pack.*unpack it/],
  ['train.parquet', 'PAR1', /is a Parquet file.*write its images out as files/],
  ['train.h5', '', /is an HDF5 file/],
  ['mnist.npz', 'PK\x03\x04', /is a file of NumPy arrays/],
  ['train.tfrecord-00000-of-00010', '', /is a TFRecord file/],
  ['labels.csv', 'id,label', /is a table, .*: pass the folder that holds its images/],
  ['train_32x32.mat', 'MATLAB 5.0 MAT-file', /is a MATLAB file/],
  [
    'coco8.yaml',
    'train: images/train',
    /is a YAML file, as Ultralytics has them for datasets, which is not read here: pass the folder/,
  ],
  ['photo', 'GIF89a', /is a GIF image, which --data does not take: pass the folder that holds/],
  ['pets', '<!doctype html><title>404', /is a web page.*fetch the file itself/],
])('%s is called what it is, with what to do', async (name, content, sentence) => {
  const folder = await folderOf({ [name]: content });
  await expect(findCandidates(join(folder, name), folder)).rejects.toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(sentence),
  });
});

test.each(['mnist', 'cifar10', 'fashion_mnist', 'imagenette160', 'coco8.yaml', 'tiny-imagenet-200'])(
  'no dataset is fetched by a name such as %s',
  async (name) => {
    await expect(findCandidates(name, await temporaryFolder())).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      exitCode: 65,
      message: expect.stringContaining(`${name} does not exist, and no dataset is fetched by a name. Download it`),
    });
  },
);

test.each(['https://example.org/pets.zip', 's3://bucket/pets', 'gs://b/c', 'file:///data/pets', 'hf://datasets/mnist'])(
  '%s is an address, not a file that does not exist',
  async (address) => {
    await expect(findCandidates(address, await temporaryFolder())).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('is an address, and --data takes what is on this machine: download it'),
    });
  },
);
