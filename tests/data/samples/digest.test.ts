import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Candidates } from '../../../src/data/samples/candidates.ts';
import { fingerprint } from '../../../src/data/samples/digest.ts';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import { folderOf, temporaryFolder } from '../fixtures.ts';

it('where the disk goes away while files are read for the first time, the next try reads the others alone', async () => {
  const names = ['0', '1', '2', '3', '4', '5', '6', '7'];
  const where = await folderOf(Object.fromEntries(names.map((name) => [name, name])));
  // What was written a moment ago is never taken for known.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  let isAway = true;
  const reads: string[] = [];
  // In whatever order they come.
  let allBegun = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    allBegun = resolve;
  });
  const candidates: Candidates = {
    name: 'files',
    where,
    classes: ['all'],
    samples: names.map(() => ({ label: 0, split: null })),
    rawShape: null,
    notices: [],
    nameOf: (index) => names[index]!,
    fileOf: (index) => join(where, names[index]!),
    read: async (index) => {
      reads.push(names[index]!);
      if (reads.length === names.length) allBegun();
      if (isAway && index === 7) {
        await begun;
        throw new GradsocketError('DATA_AWAY', EXIT.tryAgain, '7 cannot be read.');
      }
      return readFile(join(where, names[index]!));
    },
  };
  const cache = await temporaryFolder();
  const find = () => fingerprint(candidates, cache, () => undefined);
  await expect(find()).rejects.toMatchObject({ code: 'DATA_AWAY' });
  isAway = false;
  reads.length = 0;
  const { hashes } = await find();
  expect(reads).toEqual(['7']);
  const anew = await fingerprint(candidates, await temporaryFolder(), () => undefined);
  expect(hashes).toEqual(anew.hashes);
});
