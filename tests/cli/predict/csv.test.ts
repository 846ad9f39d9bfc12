import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PredictionTable } from '../../../src/cli/predict/csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'csv '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('writes a line for each image in the order given, quoted where RFC 4180 asks for it', async () => {
  const file = join(folder, 'answers.csv');
  const table = await PredictionTable.begin(file, ['cat', 'dog, "big"']);
  await table.add('test/2.jpg', 'cat', [0.75, 0.25]);
  await table.add('a,b\n.jpg', 'dog, "big"', [1 / 3, 2 / 3]);
  await table.end();
  expect(readFileSync(file, 'utf8')).toBe(
    'id,label,cat,"dog, ""big"""\r\ntest/2.jpg,cat,0.75,0.25\r\n"a,b\n.jpg","dog, ""big""",0.3333333,0.6666667\r\n',
  );
});

it('says at once where it cannot be written', async () => {
  await expect(PredictionTable.begin(join(folder, 'nowhere', 'x.csv'), ['a', 'b'])).rejects.toThrow(
    /^Cannot write .*x\.csv: /,
  );
});
