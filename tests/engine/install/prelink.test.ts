import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSections } from '../../../src/engine/install/elf.ts';
import { exportedNames, namesOfProcess } from '../../../src/engine/install/exported-names.ts';
import { prelink } from '../../../src/engine/install/prelink.ts';

/** References of every kind: to functions, also weak ones, virtual ones, into an array, to a thread's own, and to what is elsewhere. */
const LIBRARY = `
#include <cstdio>
#include <cstring>
extern "C" {
  int one() { return 1; }
  int two() { return 2; }
  __attribute__((weak)) int three() { return 3; }
  int numbers[4] = {10, 20, 30, 40};
  thread_local int own = 5;
  int (*table[])() = {one, two, three};
  int* third = &numbers[2];
  size_t (*foreign)(const char*) = strlen;
}
struct Shape { virtual int sides() const; };
int Shape::sides() const { return 6; }
extern "C" void say() {
  Shape shape;
  const Shape* volatile any = &shape;
  printf("%d %d %d %d %d %d %zu %d\\n", table[0](), table[1](), table[2](), numbers[1], *third, own, foreign("seven"), any->sides());
}
`;
const PROGRAM = 'extern "C" void say(); int main() { say(); }';
/** Comes before the library, as a program does. */
const BEFORE = 'extern "C" int one() { return 100; } extern "C" int two() { return 200; }';

const WITHOUT_COMPILER = spawnSync('g++', ['--version']).status !== 0;

describe.skipIf(WITHOUT_COMPILER || process.arch !== 'x64')('a library that is prelinked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-prelink-'));
  const [original, library, program, before] = ['original.so', 'liblibrary.so', 'program', 'before.so'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const compile = (source: string, ...flags: string[]): void => {
    const file = join(folder, 'source.cc');
    writeFileSync(file, source);
    execFileSync('g++', ['-O1', '-fPIC', file, ...flags]);
  };
  const said = (preload = ''): string =>
    execFileSync(program, { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: preload } }).trim();

  beforeAll(async () => {
    compile(LIBRARY, '-shared', '-o', original);
    await copyFile(original, library);
    compile(PROGRAM, '-o', program, library, `-Wl,-rpath,${folder}`);
    compile(BEFORE, '-shared', '-o', before);
  });
  beforeEach(() => copyFile(original, library));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says what it said', async () => {
    expect(said()).toBe('1 2 3 20 30 5 5 6');
    expect(await prelink(library, new Set())).toBeGreaterThanOrEqual(6);
    expect(said()).toBe('1 2 3 20 30 5 5 6');
  });

  it('calls its own functions, but where a name is elsewhere, too, the first one as before', async () => {
    expect(said(before)).toMatch(/^100 200 /);
    await prelink(library, new Set(await exportedNames(before)));
    expect(said(before)).toMatch(/^100 200 /);
    await copyFile(original, library);
    await prelink(library, new Set(['two']));
    expect(said(before)).toMatch(/^1 200 /);
  });

  it('has nothing left to be bound, and its size', async () => {
    await prelink(library, new Set());
    const bytes = await readFile(library);
    expect(await prelink(library, new Set())).toBe(0);
    expect((await readFile(library)).equals(bytes)).toBe(true);
    expect(bytes.length).toBe((await readFile(original)).length);
  });

  it('tells the loader how many references need no looking', async () => {
    const relatives = (): { readonly told: number; readonly first: number; readonly all: number } => {
      const told = /RELACOUNT\)\s+(\d+)/.exec(execFileSync('readelf', ['-d', library], { encoding: 'utf8' }))?.[1];
      const lines = execFileSync('readelf', ['-rW', library], { encoding: 'utf8' }).split('\n');
      const plt = lines.findIndex((line) => line.includes("'.rela.plt'"));
      const types = lines.slice(0, plt).flatMap((line) => /R_X86_64_\w+/.exec(line)?.[0] ?? []);
      const first = types.findIndex((type) => type !== 'R_X86_64_RELATIVE');
      return { told: Number(told), first, all: types.filter((type) => type === 'R_X86_64_RELATIVE').length };
    };
    const { told } = relatives();
    const bound = await prelink(library, new Set());
    expect(relatives()).toEqual({ told: told + bound, first: told + bound, all: told + bound });
  });

  it('knows what it exports, not what it wants', async () => {
    const names = await exportedNames(library);
    expect(names).toEqual(expect.arrayContaining(['one', 'three', 'numbers', 'own', '_ZNK5Shape5sidesEv']));
    expect(names).not.toContain('strlen');
  });

  it.each([0, 40, 64, 1_000])('stays as it is where it is cut after %d bytes', async (length) => {
    const cut = (await readFile(original)).subarray(0, length);
    await writeFile(library, cut);
    expect(await prelink(library, new Set())).toBe(0);
    expect((await readFile(library)).equals(cut)).toBe(true);
    expect(await exportedNames(library)).toEqual([]);
  });

  it('stays as it is where it is for another processor', async () => {
    const other = await readFile(original);
    other.writeUInt16LE(183, 18);
    await writeFile(library, other);
    const file = await open(library);
    expect(await readSections(file)).toBeNull();
    await file.close();
    expect(await prelink(library, new Set())).toBe(0);
    expect((await readFile(library)).equals(other)).toBe(true);
  });
});

it.skipIf(process.platform !== 'linux')(
  'the names of this process are those of Node and of the C library',
  async () => {
    const names = await namesOfProcess();
    expect(names).toContain('napi_create_function');
    expect(names).toContain('strlen');
  },
);
