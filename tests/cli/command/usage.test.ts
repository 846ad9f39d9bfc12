import { expect, it } from 'vitest';
import { failureOf } from '../../../src/cli/command/failure.ts';
import { usageError } from '../../../src/cli/command/usage.ts';
import { GradsocketError } from '../../../src/shared/errors.ts';

const offer = {
  usage: 'launch',
  commands: ['launch', 'worker'],
  flags: ['epochs', 'batch', 'flip', 'data'],
  switches: ['flip'],
  values: [
    { flag: 'model', value: 'resnet18' },
    { flag: 'init', value: 'zeros' },
    { flag: 'fill', value: 'zeros' },
  ],
};

it.each([
  ['Unknown argument: epoch', 'launch', ['launch', '--epoch', '3'], /has no --epoch\. Did you mean --epochs\?$/],
  ['Unknown arguments: zzz, epoch', 'launch', ['launch', '--zzz'], /has no --zzz\. See gradsocket launch --help\.$/],
  ['Not enough arguments following: batch', 'launch', ['launch', '--batch'], /^--batch expects a value\. /],
  ['Not enough non-option arguments: got 0', 'launch', ['launch'], /^Something is missing: gradsocket launch\. /],
  [
    'Not enough non-option arguments: got 0',
    'launch',
    ['launch', '--epoch', '3'],
    /has no --epoch\. Did you mean --epochs\?$/,
  ],
  ['Not enough non-option arguments: got 0', 'launch', ['launch', '--batch=3', '--', '--x'], /^Something is missing/],
  ['Unknown argument: pets', 'launch', ['launch', 'pets'], /takes no 'pets'\. Did you mean --data pets\?$/],
  ['Unknown argument: ResNet18', 'launch', ['launch', 'ResNet18'], /Did you mean --model resnet18\?$/],
  ['Unknown argument: zeros', 'launch', ['launch', 'zeros'], /Did you mean --data zeros\?$/],
  ['Unknown argument: epochs=3', 'launch', ['launch', 'epochs=3'], /takes no 'epochs=3'\. Write --epochs 3\.$/],
  ['Unknown argument: +epochs=3', 'launch', ['launch', '+epochs=3'], /Write --epochs 3\.$/],
  ['Unknown argument: epochs', 'launch', ['launch', 'epochs', '3'], /Write --epochs 3\.$/],
  ['Unknown argument: /epochs', 'launch', ['launch', '/epochs', '3'], /Write --epochs 3\.$/],
  ['Unknown argument: batch_size=8', 'launch', ['launch', 'batch_size=8'], /Write --batch 8\.$/],
  ['Unknown argument: 3', 'launch', ['launch', '--epochs=', '3'], /Nothing stands around =: write --epochs=3/],
  ['Unknown argument: 3', 'launch', ['launch', '--epochs', '=', '3'], /Nothing stands around =/],
  ['Unknown argument: 3', 'launch', ['launch', '3'], /takes no '3'\. See /],
  ['Unknown argument: \\', 'launch', ['launch', '--epochs', '3', '\\'], /only as the very last character/],
  ['Unknown argument: pets”', 'launch', ['launch', '--data', '“my', 'pets”'], /the straight quotes alone/],
  ['Unknown argument: 0.5', 'launch', ['launch', '--flip', '0.5'], /--flip is given alone, or as --flip=false\.$/],
  ['Unknown argument: epochs:3', 'launch', ['launch', '--epochs:3'], /has no --epochs:3\. Did you mean --epochs 3\?$/],
  ['Unknown argument: -epochs', 'launch', ['launch', '---epochs', '3'], /Did you mean --epochs\?$/],
  ['Which command?', null, ['--epochs', '3'], /^A command comes first, such as gradsocket launch --epochs 3\. /],
  ['Unknown argument: digits', 'launch', ['launch', 'digits'], /takes no 'digits'/],
  ['Unknown argument: lanch', null, ['lanch'], /^There is no command lanch\. Did you mean launch\?$/],
  ['Unknown command: trian', null, ['trian'], /^There is no command trian\. Did you mean launch\?$/],
  [
    'Unknown argument: 5',
    'launch',
    ['launch', '--batch', '3', '5', '--epochs', '1'],
    /commas between them: --batch 3,5\.$/,
  ],
  ['Unknown argument: 32', 'launch', ['launch', '--batch=16', '32', '64'], /commas between them: --batch 16,32,64\.$/],
  [
    'Unknown argument: tanh',
    'sweep',
    ['sweep', '--batch', 'relu', 'tanh'],
    /commas between them: --batch relu,tanh\.$/,
  ],
  [
    'Unknown argument: pets',
    'launch',
    ['launch', '--batch', '3', 'pets'],
    /takes no 'pets'\. Did you mean --data pets\?$/,
  ],
  ['Unknown command: zzz', null, ['zzz'], /There are launch, worker\.$/],
  ['Not enough arguments\nmore', 'launch', ['launch'], /^Not enough arguments\. See gradsocket launch --help\.$/],
])('%j is one sentence', (message, command, given, sentence) => {
  const error = usageError(message, { ...offer, command, given });
  expect(error.message).toMatch(sentence);
  expect(error.exitCode).toBe(64);
});

it('a mistake of the user has no stack trace, one of ours has', () => {
  expect(failureOf(new GradsocketError('X', 65, 'Do this.'))).toEqual({
    text: 'Do this.',
    detail: null,
    exitCode: 65,
    code: 'X',
  });
  expect(failureOf(new TypeError('x is undefined')).detail).toMatch(/x is undefined\n +at /);
  expect(failureOf(new TypeError('x is undefined')).text).toMatch(/bug/);
  expect(failureOf('text').exitCode).toBe(70);
});
