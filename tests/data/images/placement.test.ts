import { expect, test } from 'vitest';
import { placementOf } from '../../../src/data/images/placement.ts';

test('the middle is taken where CenterCrop takes it: a half pixel goes to the even side', () => {
  expect(placementOf([256, 341], [224, 224], 256)).toEqual({ scaled: [256, 341], from: [16, 58], size: [224, 224] });
  expect(placementOf([256, 343], [224, 224], 256).from).toEqual([16, 60]);
  expect(placementOf([225, 227], [224, 224], 225).from).toEqual([0, 2]);
});

test('the longer side is cut to whole pixels', () => {
  expect(placementOf([375, 500], [224, 224], 256).scaled).toEqual([256, 341]);
  expect(placementOf([500, 333], [224, 224], 256).scaled).toEqual([384, 256]);
});

test('squash fills, cover covers, also where no side is a square', () => {
  expect(placementOf([10, 30], [8, 8], 'squash')).toEqual({ scaled: [8, 8], from: [0, 0], size: [8, 8] });
  expect(placementOf([10, 30], [8, 8], 'cover')).toEqual({ scaled: [8, 24], from: [0, 8], size: [8, 8] });
  expect(placementOf([30, 10], [8, 12], 'cover')).toEqual({ scaled: [36, 12], from: [14, 0], size: [8, 12] });
});
