import { describe, expect, test } from 'vitest';
import { normalisationOf, preprocessingSchema, resizeAndCrop } from '../../../src/shared/job/preprocessing.ts';

const { normalise, resize } = preprocessingSchema.shape;

describe('--normalize takes', () => {
  test('names, and means and deviations of one channel or three', () => {
    for (const text of ['dataset', 'imagenet', '0.5,0.5', '0,1e-3', '.5,.5,.5,.2,.2,.2', '-0.1,2']) {
      expect(normalise.safeParse(text).success, text).toBe(true);
    }
    expect(normalisationOf({ normalise: '0.1,0.2,0.3,1,2,3' })).toEqual({
      mean: [0.1, 0.2, 0.3],
      deviation: [1, 2, 3],
    });
    expect(normalisationOf({ normalise: 'dataset' })).toBeNull();
  });

  test('nothing else', () => {
    for (const text of [
      '',
      'Imagenet2',
      '0.5',
      '1,2,3,4',
      '1,2,3',
      '0.5,0',
      '0.5,-1',
      '0.5,nan',
      '1,1,1,1,1,0',
      '0.5, 0.5',
    ]) {
      expect(normalise.safeParse(text).success, text).toBe(false);
    }
  });
});

test('--resize takes a way, or the shorter side and what is cropped of it', () => {
  for (const text of ['cover', 'squash', '256:224', '224:224']) expect(resize.safeParse(text).success, text).toBe(true);
  for (const text of ['', 'crop', '224', '224:256', '256x224', '0:0', '256:']) {
    expect(resize.safeParse(text).success, text).toBe(false);
  }
  expect(resizeAndCrop({ resize: '256:224' })).toEqual({ shorter: 256, crop: 224 });
  expect(resizeAndCrop({ resize: 'squash' })).toBeNull();
});
