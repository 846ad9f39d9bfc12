import { expect, it } from 'vitest';
import { isLogged, unprinted } from '../../../src/cli/command/unprinted.ts';

const failed = (code: string): Error => Object.assign(new Error(`${code}: it failed, write`), { code });

it.each(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'])('%s is told of, with what to do', (code) => {
  expect(unprinted(failed(code), false)).toMatchObject({
    code: 'CANNOT_PRINT',
    exitCode: 74,
    message: expect.stringMatching(new RegExp(`\\(${code}: .*make room there, or send it elsewhere`)) as string,
  });
});

it('nothing is said where nobody is left to read it', () => {
  expect(unprinted(null, false)).toBeNull();
  expect(unprinted(failed('EPIPE'), false)).toBeNull();
  // A terminal that was closed.
  expect(unprinted(failed('EIO'), true)).toBeNull();
});

it('what runs print is a log, what others print is what they are for', () => {
  expect(['launch', 'predict', 'eval', 'manifest', undefined].map(isLogged)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
