import { expect, it } from 'vitest';
import { inOurWords } from '../../../src/cli/command/wording.ts';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  launch: ['lr', 'batch', 'epochs', 'engine', 'flip', 'workers', 'help'],
  predict: ['csv', 'top'],
  worker: ['coordinator', 'name'],
};
const wording = {
  commands: Object.keys(FLAGS),
  flagsOf: ([name = '']: readonly string[]) => FLAGS[name] ?? [],
  switchesOf: () => ['flip'],
};
const said = (line: string): string => inOurWords(line === '' ? [] : line.split(' '), wording).join(' ');

it.each([
  ['', '--help'],
  ['help', '--help'],
  ['help train', 'launch --help'],
  ['-h', '--help'],
  ['version', '--version'],
  ['-V', '--version'],
  ['train --learning_rate 0.1 --batch-size=32', 'launch --lr 0.1 --batch=32'],
  ['launch --no-flip', 'launch --flip=false'],
  ['launch --lr -1', 'launch --lr -1'],
  ['launch -h', 'launch -h'],
  ['launch --zzz', 'launch --zzz'],
  ['infer run -- --learning-rate', 'predict run -- --learning-rate'],
  ['zzz --learning-rate 1', 'zzz --learning-rate 1'],
])('%s is %s', (theirs, ours) => {
  expect(said(theirs)).toBe(ours);
});

it.each([
  ['launch --gpus 2', /^gradsocket launch has no --gpus\. .*--engine/],
  ['launch --csv x', /^gradsocket launch has no --csv\. --csv is a flag of predict\.$/],
  ['worker --learning-rate 1', /^gradsocket worker has no --learning-rate\. --lr is a flag of launch\.$/],
  ['launch -lr 0.1', /^Flags have two dashes: --lr\.$/],
  ['launch -b 0.1', /^There is no -b: write --batch\.$/],
  ['serve', /^There is no command serve\. .*gradsocket predict/],
])('%s is refused with what is ours', (theirs, sentence) => {
  expect(() => said(theirs)).toThrow(
    expect.objectContaining({ exitCode: 64, message: expect.stringMatching(sentence) as string }) as Error,
  );
});
