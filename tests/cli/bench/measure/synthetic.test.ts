import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDataset } from '../../../../src/cli/bench/measure/synthetic.ts';
import { openDataset } from '../../../../src/data/open.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'synthetic-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function descriptionOf(kind: 'raw' | 'jpeg', samples: number, name: string) {
  const data = await makeDataset(kind, samples, join(folder, name));
  const options = { imageSize: kind === 'raw' ? null : 32, validationSplit: 0.2, badImages: 'fail', seed: 1 } as const;
  const { description } = await openDataset({ data, ...options, cacheDir: join(folder, 'cache') });
  return description;
}

test('a dataset of raw pixels is one that launch takes, and the same each time', async () => {
  const description = await descriptionOf('raw', 100, 'raw');
  expect(description).toMatchObject({ encoding: 'raw', imageShape: [32, 32, 3], trainSamples: 100 });
  expect(description.classes).toHaveLength(10);
  expect((await descriptionOf('raw', 100, 'raw again')).digest).toBe(description.digest);
});

test('so is one of JPEG files', async () => {
  const { encoding, imageShape, trainSamples, validationSamples } = await descriptionOf('jpeg', 40, 'jpeg');
  expect({ encoding, imageShape }).toEqual({ encoding: 'image', imageShape: [32, 32, 3] });
  expect(trainSamples + validationSamples).toBe(40);
});
