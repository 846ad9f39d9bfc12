import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface FolderListing {
  /** Sorted by code units: the same order everywhere, whatever the file system or locale. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** What desktops leave behind, besides hidden files. */
const LITTER = new Set(['Thumbs.db', 'desktop.ini', '__MACOSX']);

export async function listFolder(path: string): Promise<FolderListing> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || LITTER.has(entry.name)) continue;
    // Datasets are often put together out of links.
    const kind = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => entry) : entry;
    (kind.isDirectory() ? folders : files).push(entry.name);
  }
  return { files: files.toSorted(), folders: folders.toSorted() };
}
