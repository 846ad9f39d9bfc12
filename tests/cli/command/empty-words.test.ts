import { expect, it } from 'vitest';
import { refuseEmptyWords } from '../../../src/cli/command/empty-words.ts';

it('a word that is there and empty is told of by what it stands for, also among several', () => {
  const refused = (given: Readonly<Record<string, unknown>>) => () =>
    refuseEmptyWords('predict', ['run', 'image'], given);
  const sentence = (name: string) => `predict: ${name} is empty, as where a variable of the shell is not set. Name it.`;
  expect(refused({ run: '', image: ['cat.jpg'] })).toThrow(sentence('RUN'));
  expect(refused({ run: 'runs/pets', image: ['cat.jpg', ''] })).toThrow(sentence('IMAGE'));
  expect(refused({ run: 'runs/pets', image: ['-'], output: '' })).not.toThrow();
  expect(refused({ run: 'runs/pets' })).not.toThrow();
});
