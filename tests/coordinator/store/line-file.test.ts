import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { LineFile, readLines, readShownLines } from '../../../src/coordinator/store/line-file.ts';

it('a line that is none hides none of those behind it from who looks', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-lines-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'metrics.jsonl');
  await writeFile(path, '{"step":1}\n{"st\n{"step":3}\n{"step"');
  expect(await readLines(path)).toEqual([{ step: 1 }, { step: 3 }]);
});

it.each([
  ['one that is none', '{"step":1}\n{"st\n{"step":3}\n', [{ step: 1 }, { step: 3 }], 'line 2: it is left out.'],
  ['several', '\ufeff1\n{}\nnull\n{"', [{}], 'line 1: it and 1 other behind it are left out.'],
  ['very many', `{}\n${'\0\n'.repeat(2000)}`, [{}], 'line 2: it and 1,999 others behind it are left out.'],
  ['the last one, with its end', '{}\n{"st\n', [{}], 'line 2: it is left out.'],
  ['a part of the last one', '{"step":1}\n{"st', [{ step: 1 }], null],
  ['empty ones', '\n{}\r\n\r\n \n', [{}], null],
])('of lines that are none, people are told, but not of a part at the end: %s', async (_, content, lines, told) => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-lines-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'metrics.jsonl');
  await writeFile(path, content);
  const sentences: string[] = [];
  expect(await readShownLines(path, (sentence) => sentences.push(sentence))).toEqual(lines);
  expect(sentences).toEqual(told === null ? [] : [`${path} is damaged in ${told}`]);
});

it.each([
  ['a whole line without its end gets one', '{"a":1}\n{"b":2}', '{"a":1}\n{"b":2}\n{"c":3}\n', [{ a: 1 }, { b: 2 }]],
  ['there may be nothing', '', '{"c":3}\n', []],
  ['what is no object goes', '{"a":1}\nnull', '{"a":1}\n{"c":3}\n', [{ a: 1 }]],
  ['a part of a line goes', '{"a":1}\n{"b":2', '{"a":1}\n{"c":3}\n', [{ a: 1 }]],
])('at the end %s', async (_, before, after, lines) => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-lines-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'lines.jsonl');
  await writeFile(path, before);
  expect(await readLines(path)).toEqual(lines);
  const { file } = await LineFile.open(path, () => true, { record: true, onError: () => undefined });
  file.append({ c: 3 });
  await file.close();
  expect(await readFile(path, 'utf8')).toBe(after);
});

it('lines that an editor saved, with its mark before them and its ends, are kept', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-lines-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'metrics.jsonl');
  const saved = '\ufeff{"step":1}\r\n{"step":2}\r\n';
  await writeFile(path, saved);
  expect(await readLines(path)).toEqual([{ step: 1 }, { step: 2 }]);
  const onError = (error: Error): void => {
    throw error;
  };
  const { file, rest } = await LineFile.open(path, () => true, { record: true, onError });
  file.append({ step: 3 });
  await file.flush();
  await file.close();
  expect(rest).toBe(0);
  expect(await readFile(path, 'utf8')).toBe(`${saved}{"step":3}\n`);
});
