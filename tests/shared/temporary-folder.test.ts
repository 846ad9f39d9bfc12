import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../src/shared/temporary-folder.ts';

const NOWHERE = join(tmpdir(), 'gradsocket-nowhere');

it('is made in the first place that takes one', async () => {
  const folder = await temporaryFolder('test', [NOWHERE, tmpdir()]);
  expect(dirname(folder)).toBe(tmpdir());
  rmSync(folder, { recursive: true });
});

it('is asked for in a sentence where none takes one', async () => {
  await expect(temporaryFolder('test', [NOWHERE, `${NOWHERE}-2`])).rejects.toMatchObject({
    code: 'NO_TEMPORARY_FOLDER',
    exitCode: 78,
    message: expect.stringContaining(`${NOWHERE} or ${NOWHERE}-2. Set TMPDIR`) as string,
  });
});
