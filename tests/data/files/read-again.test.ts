import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { readAgain, unlessAway } from '../../../src/data/files/read-again.ts';

const BYTES = Uint8Array.of(1, 2, 3);

/** Fails with these, one after the other, then reads. */
function failing(...errors: readonly NodeJS.ErrnoException[]): () => Promise<Uint8Array> {
  const left = [...errors];
  return async () => {
    const cause = left.shift();
    if (cause === undefined) return BYTES;
    throw cause;
  };
}

function answer(code: string, errno = 0): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code, errno });
}

async function read(...errors: readonly NodeJS.ErrnoException[]) {
  const pauses: number[] = [];
  const result = await readAgain('pets/1.jpg', failing(...errors), async (milliseconds) =>
    pauses.push(milliseconds),
  ).catch((error: unknown) => error);
  return { result, pauses };
}

const STALE = answer('Unknown system error -116', -constants.errno.ESTALE);

test('what a disk that is away for a moment refuses is read again', async () => {
  expect(await read()).toEqual({ result: BYTES, pauses: [] });
  expect(await read(answer('EIO'))).toEqual({ result: BYTES, pauses: [200] });
  expect(await read(answer('ETIMEDOUT'), STALE, answer('EHOSTDOWN'))).toEqual({
    result: BYTES,
    pauses: [200, 800, 4000],
  });
});

test('a disk that stays away is no fault of the data: the run may be begun again', async () => {
  const { result } = await read(answer('EIO'), answer('EIO'), answer('EIO'), STALE, answer('EIO'));
  expect(result).toMatchObject({
    code: 'DATA_AWAY',
    exitCode: 75,
    message:
      'pets/1.jpg cannot be read: its network file system has lost it (stale handle). Mount that again. Once it can be, start this again; a run goes on with --resume.',
  });
  const other = await read(...Array.from({ length: 4 }, () => answer('ENETDOWN')));
  expect(other.result).toMatchObject({
    message: expect.stringMatching(/cannot be read: its disk or network does not answer \(ENETDOWN\)\..* --resume\.$/),
  });
});

test('of a file that its disk has lost for good, the sentence says so', async () => {
  const { result } = await read(...Array.from({ length: 4 }, () => answer('EIO')));
  expect(result).toMatchObject({
    message: expect.stringMatching(/If it stays this one alone, its disk has lost it: bring it back from a copy\.$/),
  });
});

test.each(['ENOENT', 'EACCES'])('%s will not pass', async (code) => {
  const { result, pauses } = await read(answer(code), answer(code));
  expect(result).toMatchObject({ code });
  expect(pauses).toEqual([]);
  expect((await read(answer('EIO'), answer(code))).result).toMatchObject({ code });
});

test('what cannot be read may count as something else, unless that says nothing of it', async () => {
  const otherwise = unlessAway('nothing');
  expect(otherwise(answer('EACCES'))).toBe('nothing');
  const { result } = await read(...Array.from({ length: 4 }, () => answer('EIO')));
  expect(() => otherwise(result)).toThrow(result);
  expect(() => otherwise(answer('EMFILE'))).toThrow('EMFILE');
});
