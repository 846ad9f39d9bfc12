import { expect, it } from 'vitest';
import { inOurWords } from '../../../src/cli/command/wording.ts';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  launch: ['lr', 'batch', 'epochs', 'engine', 'flip', 'workers', 'help'],
  predict: ['csv', 'top', 'flip'],
  worker: ['coordinator', 'name'],
};
const wording = {
  commands: Object.keys(FLAGS),
  flagsOf: ([name = '']: readonly string[]) => FLAGS[name] ?? [],
  switchesOf: () => ['flip'],
  positionalsOf: ([name]: readonly string[]) => (name === 'predict' ? ['run', 'image'] : []),
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
  ['--help train', 'launch --help'],
  ['help nothing', 'nothing --help'],
  ['launch help', 'launch --help'],
  ['predict help', 'predict help'],
  ['launch —epochs 3', 'launch --epochs 3'],
  ['launch –-epochs=3', 'launch --epochs=3'],
  ['launch −−learning_rate 1', 'launch --lr 1'],
  ['predict run —photo.jpg', 'predict run —photo.jpg'],
  ['launch --flip yes --lr 1', 'launch --flip --lr 1'],
  ['launch --flip=0', 'launch --flip=false'],
  ['launch --flip Off', 'launch --flip=false'],
  ['launch --flip pets', 'launch --flip pets'],
  ['launch --flip --flip', 'launch --flip --flip'],
  ['predict --flip on', 'predict --flip on'],
  ['predict --flip true a.jpg', 'predict --flip a.jpg'],
])('%s is %s', (theirs, ours) => {
  expect(said(theirs)).toBe(ours);
});

it.each([
  ['launch --gpus 2', /^gradsocket launch has no --gpus\. .*--engine/],
  ['launch --csv x', /^gradsocket launch has no --csv\. --csv is a flag of predict\.$/],
  ['worker --learning-rate 1', /^gradsocket worker has no --learning-rate\. --lr is a flag of launch\.$/],
  ['launch -lr 0.1', /^Flags have two dashes: --lr\.$/],
  ['launch -b 0.1', /^There is no -b: write --batch\.$/],
  ['predict --run runs/x a.jpg', /^gradsocket predict has no --run: write RUN without a flag\./],
  ['predict run a.jpg -1+1.jpg', /^-1\+1\.jpg begins with a dash, as flags do\. Write \.\/-1\+1\.jpg for the file\.$/],
  ['predict run -cat.png', /^-cat\.png begins with a dash/],
  ['launch -xyz 0.1', /^There is no -xyz: flags have two dashes\. See gradsocket launch --help\.$/],
  ['launch -- --epochs 3', /^Behind -- nothing is a flag: write gradsocket launch --epochs 3, without it\.$/],
  ['launch --flip=maybe', /^--flip=maybe: expects true or false, or nothing behind it, which is true\.$/],
  ['launch --no-flip=1', /^--no-flip has nothing behind it: write --flip, or --flip=false\.$/],
  ['launch --flip --no-flip', /^--flip is given both ways: keep --flip, or --flip=false\.$/],
  ['launch\u00a0--epochs 3', /came as one word.* Type it anew: gradsocket launch --epochs\.$/],
  ['serve', /^There is no command serve\. .*gradsocket predict/],
])('%s is refused with what is ours', (theirs, sentence) => {
  expect(() => said(theirs)).toThrow(
    expect.objectContaining({ exitCode: 64, message: expect.stringMatching(sentence) as string }) as Error,
  );
});
