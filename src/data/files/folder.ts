import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GradsocketError } from '../../shared/errors.ts';
import { diskPath, nameFromBytes } from './path-bytes.ts';
import { readAgain } from './read-again.ts';
import { oddKind } from './regular-file.ts';

export interface FolderListing {
  /** Sorted by code units: the same order everywhere, whatever the file system or locale. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Links that lead nowhere, pipes and the like, by name. */
  readonly odd: ReadonlyMap<string, OddEntry>;
}

export interface OddEntry {
  /** Continues `FILE cannot be read: `. */
  readonly reason: string;
  /** `link`: where it leads there may be a folder, when a disk is there again. `file`: its content, which nobody may read, may be an image's. */
  readonly kind: 'link' | 'file' | 'special';
}

/** What systems and programs leave in folders, besides hidden files. In lower case. */
const LITTER = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'icon\r',
  '__macosx',
  '__pycache__',
  '@eadir',
  '@recycle',
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  'system volume information',
  'lost+found',
]);

export function isLitter(name: string): boolean {
  return name.startsWith('.') || LITTER.has(name.toLowerCase());
}

export async function listFolder(path: string): Promise<FolderListing> {
  const files: string[] = [];
  const folders: string[] = [];
  const odd: [string, OddEntry][] = [];
  // As bytes, for names that are no UTF-8 would not be found again.
  const entries = await readAgain(path, () => readdir(diskPath(path), { withFileTypes: true, encoding: 'buffer' }));
  for (const entry of entries) {
    const name = nameFromBytes(entry.name);
    if (isLitter(name)) continue;
    // Datasets are often put together out of links.
    const kind = entry.isSymbolicLink() ? await follow(join(path, name)) : entry;
    if ('reason' in kind) odd.push([name, kind]);
    else if (kind.isDirectory()) folders.push(name);
    else if (kind.isFile()) files.push(name);
    else odd.push([name, { reason: oddKind(kind), kind: 'special' }]);
  }
  const byName = new Map(odd.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { files: files.toSorted(), folders: folders.toSorted(), odd: byName };
}

async function follow(path: string) {
  try {
    return await readAgain(path, () => stat(diskPath(path)));
  } catch (error) {
    if (error instanceof GradsocketError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    // Gone since the folder was read.
    const target = await readlink(diskPath(path)).catch(() => '');
    const to = `it is a link to ${target}, `;
    if (code === 'ELOOP') return { reason: `${to}which goes round in circles`, kind: 'link' as const };
    if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: `${to}which does not exist`, kind: 'link' as const };
    return { reason: `${to}which cannot be read (${code})`, kind: 'link' as const };
  }
}
