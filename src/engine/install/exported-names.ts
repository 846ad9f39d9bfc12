import { open, readFile } from 'node:fs/promises';
import { readSections, SymbolTable } from './elf.ts';

/** The names that a program or a library exports; null: they cannot be read. */
export async function exportedNames(path: string): Promise<readonly string[] | null> {
  const file = await open(path, 'r');
  try {
    const symbols = await SymbolTable.read(file, (await readSections(file)) ?? []);
    if (symbols === null) return null;
    return Array.from({ length: symbols.length }, (_, index) => index)
      .filter((index) => symbols.entry(index).section !== 0)
      .map((index) => symbols.name(index));
  } finally {
    await file.close();
  }
}

/**
 * The names that this process has: of Node, of the libraries it came with, and of what it has loaded since. Null: that cannot be
 * known, as where Node was replaced while it ran. `maps`: as /proc/self/maps has them.
 */
export async function namesOfProcess(maps = '/proc/self/maps'): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>();
  for (const path of await codeIn(maps)) {
    const exported = await exportedNames(path).catch(() => null);
    if (exported === null) return null;
    for (const name of exported) names.add(name);
  }
  return names.size === 0 ? null : names;
}

/** Files that code is run from. Address, permissions, offset, device, inode, and what is mapped there. */
async function codeIn(maps: string): Promise<ReadonlySet<string>> {
  const lines = (await readFile(maps, 'utf8').catch(() => '')).split('\n');
  return new Set(lines.flatMap((line) => /^\S+ ..x. +\S+ +\S+ +\S+ +(\/.*)$/.exec(line)?.[1] ?? []));
}
