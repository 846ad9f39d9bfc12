import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSections } from '../../../src/engine/install/elf.ts';
import { exportedNames, namesOfProcess } from '../../../src/engine/install/exported-names.ts';
import { prelink } from '../../../src/engine/install/prelink.ts';
import { leftOut } from '../../left-out.ts';

/**
 * References of every kind: to functions, also weak ones, virtual ones, into an array; and such as stay: to a thread's own, to what is
 * elsewhere, to names of C, to what the loader or all libraries together decide on, and to what is no address.
 */
const LIBRARY = `
#include <cstdio>
#include <cstring>
int one() { return 1; }
int two() { return 2; }
__attribute__((weak)) int three() { return 3; }
int numbers[4] = {10, 20, 30, 40};
thread_local int own = 5;
extern "C" int plain() { return 7; }
static int eight() { return 8; }
extern "C" { static int (*choose())() { return eight; } }
int chosen() __attribute__((ifunc("choose")));
template <int N> struct Shared { static inline int value = N; };
asm(".globl _Z5fixedv\\n.set _Z5fixedv, 4096\\n");
extern char fixed asm("_Z5fixedv");
int (*table[])() = {one, two, three, plain, chosen};
int* third = &numbers[2];
int* shared = &Shared<9>::value;
char* absolute = &fixed;
size_t (*foreign)(const char*) = strlen;
struct Shape { virtual int sides() const; };
int Shape::sides() const { return 6; }
extern "C" void say() {
  Shape shape;
  const Shape* volatile any = &shape;
  printf("%d %d %d %d %d %d %zu %d ", table[0](), table[1](), table[2](), numbers[1], *third, own, foreign("seven"), any->sides());
  printf("%d %d %d %ld\\n", table[3](), table[4](), *shared, (long)absolute);
}
`;
const SAID = '1 2 3 20 30 5 5 6 7 8 9 4096';
const PROGRAM = 'extern "C" void say(); int main() { say(); }';
/** Comes before the library, as a program does. */
const BEFORE = 'int one() { return 100; } int two() { return 200; } extern "C" int plain() { return 700; }';

/** Why not; null: nothing stands in the way. */
const ELSEWHERE = process.platform === 'linux' && process.arch === 'x64' ? null : 'it is of Linux on x64';
const WITHOUT = ELSEWHERE ?? (spawnSync('g++', ['--version']).status === 0 ? null : 'there is no g++ here');

describe.skipIf(WITHOUT !== null)(`a library that is prelinked${leftOut(WITHOUT)}`, () => {
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
    compile(LIBRARY, '-shared', '-Wl,-z,nopack-relative-relocs', '-o', original);
    await copyFile(original, library);
    compile(PROGRAM, '-o', program, library, `-Wl,-rpath,${folder}`);
    compile(BEFORE, '-shared', '-o', before);
  });
  beforeEach(() => copyFile(original, library));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says what it said', async () => {
    expect(said()).toBe(SAID);
    expect(await prelink(library, new Set())).toBeGreaterThanOrEqual(6);
    expect(said()).toBe(SAID);
  });

  it('calls its own functions, but where a name is elsewhere, too, the first one as before', async () => {
    expect(said(before)).toMatch(/^100 200 .* 700 8 9 4096$/);
    await prelink(library, new Set(await exportedNames(before)));
    expect(said(before)).toMatch(/^100 200 .* 700 8 9 4096$/);
    await copyFile(original, library);
    await prelink(library, new Set(['_Z3twov']));
    // Names of C may be anybody's.
    expect(said(before)).toMatch(/^1 200 .* 700 8 9 4096$/);
  });

  it('has nothing left to be bound, and its size', async () => {
    await prelink(library, new Set());
    const bytes = await readFile(library);
    expect(await prelink(library, new Set())).toBe(0);
    expect((await readFile(library)).equals(bytes)).toBe(true);
    expect(bytes.length).toBe((await readFile(original)).length);
  });

  it('looks up by name what is not its own alone to say, and nothing else of C++', async () => {
    const lookedUp = (): readonly string[] => {
      const lines = execFileSync('readelf', ['-rW', library], { encoding: 'utf8' }).split('\n');
      const plt = lines.findIndex((line) => line.includes("'.rela.plt'"));
      return lines.slice(0, plt).flatMap((line) => / R_X86_64_(?:64|GLOB_DAT) .* (\S+) \+ /.exec(line)?.[1] ?? []);
    };
    expect(lookedUp()).toEqual(expect.arrayContaining(['_Z3onev', '_Z5threev', 'numbers', 'strlen@GLIBC_2.2.5']));
    await prelink(library, new Set(['_Z3twov']));
    // What else is left is of the C++ library.
    const own = lookedUp().filter((name) => /^_Z(3|5|6|NK5Shape|TI5Shape|TS5Shape|TV5Shape|N6Shared)/.test(name));
    expect(new Set(own)).toEqual(new Set(['_Z3twov', '_Z6chosenv', '_ZN6SharedILi9EE5valueE']));
    expect(lookedUp()).toEqual(expect.arrayContaining(['plain', 'numbers']));
  });

  it('is bound also where its file was made read-only', async () => {
    await chmod(library, 0o444);
    expect(await prelink(library, new Set())).toBeGreaterThan(0);
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
    expect(names).toEqual(expect.arrayContaining(['_Z3onev', '_Z5threev', 'numbers', 'plain', '_ZNK5Shape5sidesEv']));
    expect(names).not.toContain('strlen');
  });

  it.each([0, 40, 64, 1_000])('stays as it is where it is cut after %d bytes', async (length) => {
    const cut = (await readFile(original)).subarray(0, length);
    await writeFile(library, cut);
    expect(await prelink(library, new Set())).toBe(0);
    expect((await readFile(library)).equals(cut)).toBe(true);
    expect(await exportedNames(library)).toBeNull();
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

describe.skipIf(ELSEWHERE !== null)(`the names of a process${leftOut(ELSEWHERE)}`, () => {
  it('are those of Node and of the C library', async () => {
    const names = await namesOfProcess();
    expect(names).toContain('napi_create_function');
    expect(names).toContain('strlen');
  });

  it('are unknown where one of its files is not there any more, or none is told of', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradsocket-maps-'));
    const maps = join(folder, 'maps');
    const line = (permissions: string, path: string): string =>
      `7f0000000000-7f0000001000 ${permissions} 00000000 fe:00 123                        ${path}\n`;
    await writeFile(maps, line('r-xp', process.execPath));
    expect(await namesOfProcess(maps)).toContain('napi_create_function');
    await writeFile(maps, line('r-xp', process.execPath) + line('r--p', '/usr/lib/locale/gone (deleted)'));
    expect(await namesOfProcess(maps)).toContain('napi_create_function');
    await writeFile(maps, line('r-xp', process.execPath) + line('r-xp', '/usr/bin/gone (deleted)'));
    expect(await namesOfProcess(maps)).toBeNull();
    await writeFile(maps, '');
    expect(await namesOfProcess(maps)).toBeNull();
    expect(await namesOfProcess(join(folder, 'none'))).toBeNull();
    rmSync(folder, { recursive: true });
  });
});
