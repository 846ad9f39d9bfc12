import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readKnownSamples, sampleKey, writeKnownSamples } from '../../../src/shared/checkpoint/known-samples.ts';
import { temporaryFolder } from '../../data/fixtures.ts';

const DATASET = 'd'.repeat(64);

it('reads back which samples a run trains on and which it holds out', async () => {
  const file = join(await temporaryFolder(), 'samples.json');
  const keys = [1, 2, 3].map((n) => sampleKey(new Uint8Array(32).fill(n * 80)));
  const [a, b, c] = keys as [string, string, string];
  await writeKnownSamples(file, { dataset: DATASET, train: [a, b], validation: [c] });
  expect(await readKnownSamples(file)).toEqual({ dataset: DATASET, train: new Set([a, b]), validation: new Set([c]) });
});

it('is nothing where there is no such file, or another one', async () => {
  const folder = await temporaryFolder();
  expect(await readKnownSamples(join(folder, 'samples.json'))).toBeNull();
  await writeFile(join(folder, 'other.json'), '{"train": [1]}');
  expect(await readKnownSamples(join(folder, 'other.json'))).toBeNull();
});
