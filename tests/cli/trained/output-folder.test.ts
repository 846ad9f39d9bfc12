import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outputFolder } from '../../../src/cli/trained/output-folder.ts';
import { temporaryFolder } from '../../data/fixtures.ts';

it('the name of a file is no folder, unless there is one of that name', async () => {
  const within = await temporaryFolder();
  const output = join(within, 'report.html');
  await expect(outputFolder(output)).rejects.toMatchObject({
    exitCode: 64,
    message: `--output ${output}: several files are written. Name the folder for them, such as ${join(within, 'report')}.`,
  });
  expect(await readdir(within)).toEqual([]);
  await mkdir(output);
  await outputFolder(output);
  await outputFolder(join(within, 'v1.2'));
  expect(await readdir(within)).toEqual(['report.html', 'v1.2']);
});
