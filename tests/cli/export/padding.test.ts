import fc from 'fast-check';
import { expect, it } from 'vitest';
import { poolLayers, samePadding } from '../../../src/cli/export/padding.ts';

/** Maxima over symmetric windows, padding never seen: what a pool means here. */
function pooled(values: readonly number[], size: number, stride: number, padding: number): number[] {
  const output = Math.floor((values.length + 2 * padding - size) / stride) + 1;
  return Array.from({ length: output }, (_, index) => {
    const start = index * stride - padding;
    return Math.max(...values.slice(Math.max(0, start), start + size));
  });
}

/** What tfjs computes with the layers that we write. */
function byLayers(values: readonly number[], size: number, stride: number, padding: number): number[] {
  const output = Math.floor((values.length + 2 * padding - size) / stride) + 1;
  const { extend, crop } = poolLayers({ input: values.length, output }, { size, stride, padding });
  const extended = [...values, ...Array.from({ length: extend }, () => 0)];
  const { before } = samePadding(extended.length, { size, stride, padding });
  const all = Array.from({ length: Math.ceil(extended.length / stride) }, (_, index) => {
    const start = index * stride - before;
    return Math.max(...extended.slice(Math.max(0, start), start + size));
  });
  return all.slice(0, all.length - crop);
}

it('a padded pool of ResNet said in the layers of tfjs gives the same maxima, also of negative values', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100, max: -1 }), { minLength: 4, maxLength: 40 }), (values) => {
      expect(byLayers(values, 3, 2, 1)).toEqual(pooled(values, 3, 2, 1));
    }),
  );
});
