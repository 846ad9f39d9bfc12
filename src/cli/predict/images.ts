import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listFolder } from '../../shared/data/folder.ts';
import { isImageName } from '../../shared/data/labelled-files.ts';

/** A path that was named, or an image found below it. */
export interface Found {
  readonly file: string;
  /** Why there is nothing to look at; null: it is a file. A sentence. */
  readonly refused: string | null;
}

/**
 * The files among `paths`, whatever their names, and the images in folders among them, at any depth, in the order of their
 * names. Other files in a folder are passed over: nobody named them.
 */
export async function findImages(paths: readonly string[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) {
        found.push({ file: path, refused: null });
        continue;
      }
      const images = await imagesIn(path, new Set());
      found.push(...images.map((file) => ({ file, refused: null })));
      if (images.length === 0) found.push({ file: path, refused: `${path} has no JPEG, PNG or WebP files in it.` });
    } catch (error) {
      found.push({ file: path, refused: `${path} cannot be read: ${readFailure(error)}.` });
    }
  }
  return found;
}

/** `above`: the folders on the way here, under their real names: a link to one of them would go round in circles. */
async function imagesIn(folder: string, above: ReadonlySet<string>): Promise<readonly string[]> {
  const real = await realpath(folder);
  if (above.has(real)) return [];
  const { files, folders } = await listFolder(folder);
  const images = files.filter(isImageName).map((name) => join(folder, name));
  for (const name of folders) images.push(...(await imagesIn(join(folder, name), new Set([...above, real]))));
  return images;
}

/** Continues `FILE cannot be read: `. */
export function readFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EACCES' ? 'it is not permitted' : message;
}
