import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Augment, augmenter } from '../../../src/data/augment/augmenter.ts';
import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import { type Augmentation, augmentationSchema } from '../../../src/shared/job/augmentation.ts';
import { counting, noise } from './pictures.ts';

const SHAPE: ImageShape = [16, 16, 3];
const OFF = augmentationSchema.parse({});
const ALL: Augmentation = { flip: true, cropPadding: 2, resizedCrop: 0.5, jitter: 0.3, cutout: 5 };
const picture = noise(SHAPE, 1);

function augment(settings: Augmentation, seed = 1): Augment {
  const made = augmenter(settings, { imageShape: SHAPE, mean: [0.5, 0.4, 0.3] }, seed);
  if (made === null) throw new Error('it would change nothing');
  return made;
}

describe('augmentation', () => {
  test('is nothing where nothing is asked for', () => {
    expect(augmenter(OFF, { imageShape: SHAPE, mean: [0, 0, 0] }, 1)).toBeNull();
  });

  test('depends on seed, epoch and sample alone, whatever was augmented before', () => {
    const one = augment(ALL);
    const other = augment(ALL);
    for (let i = 0; i < 20; i++) other(counting(SHAPE), i, 0);
    const results = new Set<string>();
    for (const [epoch, sample] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [7, 50_000],
    ] as const) {
      const result = Buffer.from(one(picture, epoch, sample));
      expect(Buffer.from(other(picture, epoch, sample))).toEqual(result);
      results.add(result.toString('hex'));
    }
    results.add(Buffer.from(augment(ALL, 2)(picture, 0, 0)).toString('hex'));
    expect(results.size).toBe(6);
  });

  test('never writes to what it gets', () => {
    const before = picture.slice();
    for (const settings of [ALL, ...Object.entries(ALL).map(([key, value]) => ({ ...OFF, [key]: value }))]) {
      const change = augment(settings);
      for (let sample = 0; sample < 20; sample++) expect(change(picture, 0, sample)).not.toBe(picture);
      expect(picture).toEqual(before);
    }
  });

  test.each(Object.entries(ALL))('--%s alone changes images', (key, value) => {
    const change = augment({ ...OFF, [key]: value });
    const results = Array.from({ length: 20 }, (_, sample) => change(picture, 0, sample).join());
    expect(new Set(results).size).toBeGreaterThan(1);
  });

  test('what is hidden has the mean colour, whatever happens to the colours', () => {
    const change = augment({ ...OFF, jitter: 1, cutout: 5 });
    for (let sample = 0; sample < 20; sample++) {
      const pixels = change(picture, 0, sample);
      const hidden = Array.from({ length: 256 }, (_, i) => [...pixels.subarray(3 * i, 3 * i + 3)].join());
      expect(hidden.filter((colour) => colour === '128,102,77').length).toBeGreaterThanOrEqual(9);
    }
  });

  test('gives the recorded bytes: a change would break resuming', () => {
    const change = augment(ALL);
    const hash = createHash('sha256');
    for (let sample = 0; sample < 50; sample++) hash.update(change(noise(SHAPE, sample), 3, sample));
    expect(hash.digest('hex')).toMatchInlineSnapshot(
      `"1e0fe7e88edd48625c0f0f2a2db0a44b739c9bce76786e22b32900e95635d7bc"`,
    );
  });
});
