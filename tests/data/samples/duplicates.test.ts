import { expect, it } from 'vitest';
import { duplicateNotices, duplicatesAmong, type Hashed } from '../../../src/data/samples/duplicates.ts';

function sample(name: string, hash: string): Hashed {
  const [split, label] = name.split('/') as ['train' | 'validation', string];
  return { name, hash, split, label: label === 'cat' ? 0 : 1 };
}

it('finds the same bytes in training and validation, and in two classes', () => {
  const found = duplicatesAmong([
    sample('train/cat/1', 'a'),
    sample('train/cat/2', 'a'),
    sample('train/dog/1', 'b'),
    sample('validation/cat/1', 'c'),
    sample('validation/cat/2', 'a'),
    sample('validation/dog/1', 'a'),
    sample('validation/dog/2', 'c'),
  ]);
  expect(found).toEqual({
    acrossSplits: [
      ['validation/cat/2', 'train/cat/1'],
      ['validation/dog/1', 'train/cat/1'],
    ],
    acrossClasses: [
      ['validation/dog/1', 'train/cat/1'],
      ['validation/dog/2', 'validation/cat/1'],
    ],
  });
  expect(duplicateNotices(found)).toEqual([
    '2 validation samples have the same bytes as training samples (validation/cat/2 = train/cat/1, validation/dog/1 = train/cat/1): the validation accuracy counts what was trained on.',
    '2 images lie in a second class, too (validation/dog/1 = train/cat/1, validation/dog/2 = validation/cat/1): one of the two must be wrong. Remove it.',
  ]);
});

it('says nothing of a picture that is twice in one class of one part', () => {
  const found = duplicatesAmong([sample('train/cat/1', 'a'), sample('train/cat/2', 'a'), sample('train/dog/1', 'b')]);
  expect(duplicateNotices(found)).toEqual([]);
});

it('names the first few of many pairs and says how many there are', () => {
  const many = Array.from({ length: 5000 }, (_, i) => sample(`validation/cat/${i}`, 'a'));
  const { acrossSplits } = duplicatesAmong([sample('train/cat/0', 'a'), ...many]);
  expect(acrossSplits).toHaveLength(5000);
  const [sentence] = duplicateNotices({ acrossSplits, acrossClasses: [] });
  expect(sentence).toMatch(/^5000 .*validation\/cat\/2 = train\/cat\/0, \.\.\. 5000 in all\)/);
});
