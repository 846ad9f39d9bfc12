import { open, readFile } from 'node:fs/promises';
import { readSections, SymbolTable } from './elf.ts';

/** The names that a program or a library exports; none: the file is neither. */
export async function exportedNames(path: string): Promise<readonly string[]> {
  const file = await open(path, 'r');
  try {
    const symbols = await SymbolTable.read(file, (await readSections(file)) ?? []);
    if (symbols === null) return [];
    return Array.from({ length: symbols.length }, (_, index) => index)
      .filter((index) => symbols.entry(index).section !== 0)
      .map((index) => symbols.name(index));
  } finally {
    await file.close();
  }
}

/**
 * The names that this process has: of Node, of the libraries it came with, and of what it has loaded since. Null: that cannot be
 * known, as where Node was replaced while it ran.
 */
export async function namesOfProcess(): Promise<ReadonlySet<string> | null> {
  try {
    const lines = (await readFile('/proc/self/maps', 'utf8')).split('\n');
    // Address, permissions, offset, device, inode, and what is mapped there.
    const mapped = lines.map((line) => /^(?:\S+ +){5}(\/.*)$/.exec(line)?.[1]).filter((path) => path !== undefined);
    const names = await Promise.all([...new Set(mapped)].map(exportedNames));
    return new Set(names.flat());
  } catch {
    return null;
  }
}
