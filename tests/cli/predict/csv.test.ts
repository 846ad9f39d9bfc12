import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { PredictionTable, STDOUT } from '../../../src/cli/predict/csv.ts';

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

it('has no column twice where a class is called as one is', async () => {
  const file = join(folder, 'columns.csv');
  const table = await PredictionTable.begin(file, ['id', 'label', 'class id']);
  await table.add('1.jpg', 'id', [0.5, 0.25, 0.25]);
  await table.end();
  expect(readFileSync(file, 'utf8')).toBe('id,label,class class id,class label,class id\r\n1.jpg,id,0.5,0.25,0.25\r\n');
});

it('says at once where it cannot be written', async () => {
  await expect(PredictionTable.begin(join(folder, 'nowhere', 'x.csv'), ['a', 'b'])).rejects.toThrow(
    /^Cannot write .*x\.csv: /,
  );
});

it('stops without a word when whoever read what it prints has gone', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const table = await PredictionTable.begin(STDOUT, ['cat', 'dog']);
    expect(table.unread).toBe(false);
    const listeners = process.stdout.listeners('error');
    for (const heard of listeners.slice(-1)) heard(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(table.unread).toBe(true);
    write.mockClear();
    await table.add('1.jpg', 'cat', [0.5, 0.5]);
    await table.end();
    expect(write).not.toHaveBeenCalled();
  } finally {
    write.mockRestore();
  }
});
