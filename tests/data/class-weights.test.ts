import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { balancedWeights, classWeightsOf, readClassWeights } from '../../src/data/class-weights.ts';
import { folderOf } from './fixtures.ts';

const CLASSES = ['cat', 'dog', '7'];
const COUNTS = [10, 30, 20];

async function weightsOf(content: string): Promise<number[]> {
  const setting = await readClassWeights(join(await folderOf({ w: content }), 'w'));
  return classWeightsOf(setting!, CLASSES, COUNTS);
}

describe('class weights are taken from', () => {
  it('the number of training samples: each class counts alike, and the mean is one', () => {
    const weights = balancedWeights(COUNTS);
    expect(weights).toEqual([2, 60 / 90, 1]);
    expect(COUNTS.reduce((sum, count, k) => sum + count * weights[k]!, 0)).toBeCloseTo(60, 12);
  });

  it('a file of names, in YAML or JSON, in whatever order', async () => {
    expect(await weightsOf('dog: 0.5\n7: 3\ncat: 0\n')).toEqual([0, 0.5, 3]);
    expect(await weightsOf('{"7": 3, "cat": 1.5, "dog": 1}')).toEqual([1.5, 1, 3]);
  });

  it('numbers in the order of the classes', async () => {
    expect(await weightsOf('- 1\n- 2\n- 3\n')).toEqual([1, 2, 3]);
    expect(classWeightsOf((await readClassWeights('1,2.5,0'))!, CLASSES, COUNTS)).toEqual([1, 2.5, 0]);
  });

  it('numbers with spaces between them, and by the numbers of the labels, as Keras has them', async () => {
    expect(classWeightsOf((await readClassWeights('1, 2.5, 0'))!, CLASSES, COUNTS)).toEqual([1, 2.5, 0]);
    expect(classWeightsOf((await readClassWeights('{0: 1, 1: 2, 2: 3}'))!, CLASSES, COUNTS)).toEqual([1, 2, 3]);
    // Names come first: in their order 10 stands before 2.
    const numbered = ['0', '1', '2'].map((name) => (name === '1' ? '10' : name)).toSorted();
    expect(classWeightsOf((await readClassWeights('{0: 1, 10: 2, 2: 3}'))!, numbered, COUNTS)).toEqual([1, 2, 3]);
  });

  it('what the run has kept, which needs no file, and is the same for the same weights', async () => {
    const folder = await folderOf({ a: 'dog: 1\n7: 3\ncat: 2\n', b: '{"cat": 2, "dog": 1, "7": 3}' });
    const kept = await readClassWeights(join(folder, 'a'));
    expect(await readClassWeights(kept)).toBe(kept);
    expect(await readClassWeights(join(folder, 'b'))).toBe(kept);
  });
});

describe('class weights are refused with a sentence where', () => {
  it.each([
    ['a class is missing', 'cat: 1\ndog: 1\n', /the class 7 has no weight/],
    ['a class is unknown', 'cat: 1\ndog: 1\n7: 1\ncow: 1\n', /there is no class cow in the dataset/],
    ['one is negative', 'cat: 1\ndog: -1\n7: 1\n', /has the weight -1\. Weights are numbers of at least 0/],
    ['one is no number', 'cat: 1\ndog: .nan\n7: 1\n', /has the weight NaN/],
    ['one is infinite', 'cat: 1\ndog: .inf\n7: 1\n', /has the weight Infinity/],
    ['one is a text', 'cat: 1\ndog: much\n7: 1\n', /has the weight much/],
    ['all are 0', 'cat: 0\ndog: 0\n7: 0\n', /every weight is 0/],
    ['there are too few', '[1, 2]', /there are 2 weights and 3 classes/],
    ['it is no table', 'heavy', /holds no weights/],
    ['it is empty', '', /holds no weights/],
    ['it is not YAML', 'cat: [1', /is neither YAML nor JSON/],
    ['one is there twice', '{"cat": 1, "cat": 2}', /Map keys must be unique at line 1, column 12\. Write a line/],
  ])('%s', async (_, content, message) => {
    await expect(weightsOf(content)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['1,-1,1', '--class-weights: 1,-1,1 has the weight -1. Weights are numbers of at least 0.'],
    ['{cat: x}', '--class-weights: {cat: x} has the weight x. Weights are numbers of at least 0.'],
    ['[1, 2', '--class-weights: [1, 2 cannot be read: there is no such file. Name a file, or pass balanced.'],
    ['auto', '--class-weights: auto is no file: did you mean balanced?'],
    ['none', '--class-weights: none is no file: leave it out, and all count as much.'],
    ['cat=2, dog:1', "--class-weights: cat=2, dog:1 is no file: did you mean '{cat: 2, dog: 1}'?"],
    ['{cat', '--class-weights: {cat cannot be read: there is no such file. Name a file, or pass balanced.'],
  ])('%s is written where a file is expected', async (setting, message) => {
    await expect(readClassWeights(setting)).rejects.toMatchObject({ exitCode: 78, message });
  });

  it('there is no such file', async () => {
    await expect(readClassWeights('/no/such/file')).rejects.toMatchObject({
      exitCode: 78,
      message: '--class-weights: /no/such/file cannot be read: there is no such file. Name a file, or pass balanced.',
    });
  });
});
