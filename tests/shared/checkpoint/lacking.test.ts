import { expect, it } from 'vitest';
import { writeFailure } from '../../../src/shared/checkpoint/atomic-file.ts';
import { lackOf } from '../../../src/shared/checkpoint/lacking.ts';

const system = (code: string) => Object.assign(new Error(code), { code });

it('tells a full disk from one without inodes and from a quota, also behind the sentence that was made of it', () => {
  for (const wrap of [(error: Error) => error, (error: Error) => writeFailure('/runs/a/x', 3, error)]) {
    const asked: string[] = [];
    const lack = (code: string, left: number | null) =>
      lackOf('/runs/a/x', wrap(system(code)), (folder) => {
        asked.push(folder);
        return left;
      });
    expect(lack('ENOSPC', 5)).toBe('space');
    expect(lack('ENOSPC', null)).toBe('space');
    expect(lack('ENOSPC', 0)).toBe('inodes');
    expect(lack('EDQUOT', 0)).toBe('quota');
    expect(asked).toEqual(['/runs/a', '/runs/a', '/runs/a']);
  }
});

it('asks the file system itself where nobody else is given', () => {
  expect(lackOf('/nowhere/at/all', system('ENOSPC'))).toBe('space');
});

it('says that it is the quota', () => {
  expect(writeFailure('/runs/a', 5, system('EDQUOT')).message).toMatch(
    /^The quota of this user leaves no room to write \/runs\/a \(5 bytes\)\. /,
  );
});
