import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open } from 'node:fs/promises';
import { DYNAMIC_TAG, readAt, readSections, SECTION_TYPE } from '../../../src/engine/install/elf.ts';
import { INSIDE, MAIN_LIBRARY } from '../../../src/engine/install/folder.ts';
import { leftOut } from '../../left-out.ts';
import { IF_WITHOUT, installed, NO_TENSORFLOW, WITHOUT_TENSORFLOW } from './installed.ts';

/** Loads TensorFlow's library as a worker does and prints what of its files that nobody writes is resident, in KiB. */
const PROGRAM = `
process.dlopen({ exports: {} }, process.argv[1]);
let counts = false;
let resident = 0;
for (const line of require('fs').readFileSync('/proc/self/smaps', 'utf8').split('\\n')) {
  const mapping = /^[0-9a-f]+-[0-9a-f]+ .(.).. /.exec(line);
  if (mapping !== null) counts = mapping[1] === '-' && line.includes('/libtensorflow');
  else if (counts && line.startsWith('Shared_Clean:')) resident += Number(line.split(/ +/)[1]);
  else if (counts && line.startsWith('Private_Clean:')) resident += Number(line.split(/ +/)[1]);
}
console.log(resident);
`;

it.skipIf(WITHOUT_TENSORFLOW)(`leaves nothing resident that only loading the library needed${IF_WITHOUT}`, () => {
  const loader = join(installed().folder, INSIDE.loader);
  const kibibytes = Number(execFileSync(process.execPath, ['-e', PROGRAM, loader], { encoding: 'utf8' }));
  // More than 200 MiB without the loader's care.
  expect(kibibytes).toBeLessThan(16 * 1024);
});

const UNBOUND = WITHOUT_TENSORFLOW ? NO_TENSORFLOW : installed().variant === 'gpu' ? 'not with CUDA' : null;

it.skipIf(UNBOUND !== null)(`setup has bound what the library has of its own${leftOut(UNBOUND)}`, async () => {
  const file = await open(join(installed().folder, INSIDE.libraries, MAIN_LIBRARY));
  const sections = (await readSections(file))!;
  const { offset, size } = sections.find(({ type }) => type === SECTION_TYPE.dynamic)!;
  const entries = await readAt(file, offset, size);
  await file.close();
  const tags = new Map(
    Array.from({ length: size / 16 }, (_, index) => [
      Number(entries.readBigUInt64LE(16 * index)),
      Number(entries.readBigUInt64LE(16 * index + 8)),
    ]),
  );
  // Of 772,000 references; 372,000 as it comes.
  expect(tags.get(DYNAMIC_TAG.relativeCount)).toBeGreaterThan(600_000);
});

/**
 * Loads TensorFlow's library, then takes and frees blocks as large as any glibc can be told to keep. Prints how many MiB of
 * them stay resident.
 */
const FREES = `
process.dlopen({ exports: {} }, process.argv[1]);
const before = process.memoryUsage.rss();
(() => Array.from({ length: 10 }, () => Buffer.allocUnsafeSlow(24 << 20).fill(1)))();
setImmediate(() => {
  gc();
  console.log((process.memoryUsage.rss() - before) / 2 ** 20);
});
`;

describe.skipIf(WITHOUT_TENSORFLOW)(`what is freed${IF_WITHOUT}`, () => {
  const mebibytesKept = (settings: Readonly<Record<string, string>>) => {
    const flags = ['--single-threaded-gc', '--expose-gc', '-e', FREES, join(installed().folder, INSIDE.loader)];
    const own = Object.entries(process.env).filter(([name]) => !/^(MALLOC_|GLIBC_)/.test(name));
    const env = { ...Object.fromEntries(own), ...settings };
    return Number(execFileSync(process.execPath, flags, { encoding: 'utf8', env }));
  };

  it('is kept for the next step', () => {
    expect(mebibytesKept({})).toBeGreaterThan(200);
  });

  it.each([{ MALLOC_MMAP_THRESHOLD_: '131072' }, { GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=131072' }])(
    'goes back to the kernel where the user has set %o',
    (settings) => {
      expect(mebibytesKept(settings)).toBeLessThan(50);
    },
  );
});
