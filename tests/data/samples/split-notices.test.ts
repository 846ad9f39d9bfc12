import { expect, it } from 'vitest';
import { splitNotices } from '../../../src/data/samples/split-notices.ts';

function size(name: string, train: number, validation: number) {
  return { name, train, validation };
}

it('says nothing where every class is validated by enough', () => {
  expect(splitNotices([size('a', 40, 10), size('b', 40, 10)])).toEqual([]);
});

it('names the classes that are never validated, and those of a single image', () => {
  expect(splitNotices([size('a', 40, 20), size('b', 1, 0)])).toEqual([
    'Class b has no validation sample, for it has a single image: how well it is recognised is not measured.',
    'All validation samples are of one class, a: the validation accuracy says little.',
  ]);
  const many = [size('a', 9, 20), size('z', 9, 20), ...[1, 2, 3, 4].map((n) => size(`c${n}`, n, 0))];
  expect(splitNotices(many)).toEqual([
    '4 of 6 classes have no validation sample (c1, c2, c3, ... 4 in all), 1 of them with a single image: how well they are recognised is not measured.',
  ]);
});

it('says how much each of few validation samples counts', () => {
  expect(splitNotices([size('a', 9, 2), size('b', 9, 2)])).toEqual([
    'There are only 4 validation samples: each is 25 % of the validation accuracy.',
  ]);
});
