import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runKept } from '../../src/shared/kept-code.ts';

const PROGRAM = `
const { basename } = require('node:path');
exports.file = basename(__filename);
exports.double = (n) => 2 * n;
exports.double(1);
`;

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-kept-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'program-1.cjs');
  writeFileSync(file, PROGRAM);
  const cache = join(folder, 'cache', 'compiled');
  const start = (more: { readonly use?: string; readonly engine?: string; readonly folder?: null } = {}) =>
    runKept(file, { use: 'main', folder: cache, ...more });
  return { folder, file, cache, start };
}

interface Program {
  readonly file: string;
  readonly double: (n: number) => number;
}

it('runs a file, and the next time with what was compiled of it', () => {
  const { start, cache } = world();
  const first = start();
  expect(first.wasKept).toBe(false);
  first.keep();
  expect(readdirSync(cache)).toHaveLength(1);
  const second = start();
  expect(second.wasKept).toBe(true);
  const { file, double } = second.exports as Program;
  expect([file, double(21)]).toEqual(['program-1.cjs', 42]);
});

it('what was kept and is spoilt, or half there, is compiled anew', () => {
  const { start, cache } = world();
  start().keep();
  const [name] = readdirSync(cache);
  const path = join(cache, name!);
  const whole = readFileSync(path);
  for (const spoilt of [whole.subarray(0, 100), Buffer.alloc(0), Buffer.from(whole).fill(7, 200, 300)]) {
    writeFileSync(path, spoilt);
    const started = start();
    expect(started.wasKept).toBe(false);
    expect((started.exports as Program).double(2)).toBe(4);
  }
  start().keep();
  expect(start().wasKept).toBe(true);
});

it('uses, and engines, do not meddle with each other, and of many engines the newest are kept', () => {
  const { start, cache } = world();
  start({ use: 'main-launch', engine: 'one' }).keep();
  for (let n = 0; n < 7; n++) start({ engine: `v${n}` }).keep();
  expect(start({ use: 'main-launch', engine: 'one' }).wasKept).toBe(true);
  expect(start({ engine: 'other' }).wasKept).toBe(false);
  expect(start({ engine: 'v6' }).wasKept).toBe(true);
  const names = readdirSync(cache);
  expect(names.filter((name) => /^main-[0-9a-f]+\.code$/.test(name))).toHaveLength(4);
});

it('where nothing can be kept it runs all the same', () => {
  const { start, cache } = world();
  const started = start({ folder: null });
  started.keep();
  expect((started.exports as Program).double(2)).toBe(4);
  expect(existsSync(cache)).toBe(false);
});

it('without a folder it runs all the same', () => {
  const { start, folder } = world();
  writeFileSync(join(folder, 'cache'), 'a file');
  const started = start();
  started.keep();
  expect((started.exports as Program).double(2)).toBe(4);
  expect(start().wasKept).toBe(false);
});

it('runs where the system takes no folders, and keeps nothing', ({ skip }) => {
  skip(!existsSync('/proc/self'), 'this system has no /proc');
  const { file } = world();
  const started = runKept(file, { use: 'main', folder: '/proc/self/.cache/compiled' });
  started.keep();
  expect(started.wasKept).toBe(false);
});
