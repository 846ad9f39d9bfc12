import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Traces } from '../../../src/cli/run/traces.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'traces-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the traces of all processes become one file, and nothing else is left', async () => {
  const file = join(folder, 'new folder', 'trace.json');
  const traces = await Traces.create(file);
  // A worker of the same name that comes again has a part of its own.
  const parts = ['worker-0', 'worker-1', 'worker-0'].map((name) => traces.newPart(name));
  expect(new Set(parts).size).toBe(3);
  for (const [index, part] of parts.entries()) {
    if (index !== 1) writeFileSync(part, `[\n{"ph":"X","name":"of part ${index}","ts":0},\n`);
  }
  await traces.merge();
  const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: { name: string }[] };
  expect(traceEvents.map(({ name }) => name)).toEqual(['of part 0', 'of part 2']);
  expect(existsSync(`${file}.parts`)).toBe(false);
});

test('a file that cannot be written is told before the run begins', async () => {
  const inTheWay = join(folder, 'a file');
  writeFileSync(inTheWay, '');
  await expect(Traces.create(join(inTheWay, 'trace.json'))).rejects.toThrow(/^--trace .* cannot be written: /);
});

test('a launch that came to no worker leaves no trace, nor a folder for it, and an older trace as it was', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'traces '));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  await (await Traces.create(join(dir, 'run', 'deep', 'trace.json'))).merge();
  expect(readdirSync(dir)).toEqual([]);
  writeFileSync(join(dir, 'older.json'), '[]');
  await (await Traces.create(join(dir, 'older.json'))).merge();
  expect(readdirSync(dir)).toEqual(['older.json']);
  expect(readFileSync(join(dir, 'older.json'), 'utf8')).toBe('[]');
});
