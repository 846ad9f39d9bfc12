import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isImageName } from '../../data/files/image-file.ts';
import { diskPath } from '../../data/files/path-bytes.ts';
import { NoRegularFile, oddKind, readRegularFile } from '../../data/files/regular-file.ts';
import { scan, type Tree } from '../../data/files/tree.ts';

/** Stands for an image from standard input. A file of that name is `./-`. */
export const STDIN = '-';

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
    if (path === STDIN) {
      found.push({ file: path, refused: null });
      continue;
    }
    try {
      const kind = await stat(path);
      if (kind.isDirectory()) {
        const images = imagesIn(await scan(path), path);
        found.push(...images);
        if (images.length === 0) found.push({ file: path, refused: `${path} has no images in it.` });
      } else if (kind.isFile() || isStream(path)) found.push({ file: path, refused: null });
      else found.push({ file: path, refused: `${path} cannot be read: ${oddKind(kind)}.` });
    } catch (error) {
      found.push({ file: path, refused: `${path} cannot be read: ${readFailure(error)}.` });
    }
  }
  return found;
}

function imagesIn({ images, odd, folders }: Tree, path: string): readonly Found[] {
  const refused = [...odd].filter(([name]) => isImageName(name));
  return [
    ...images.map((name): Found => ({ file: join(path, name), refused: null })),
    ...refused.map(([name, { reason }]): Found => {
      const file = join(path, name);
      return { file, refused: `${file} cannot be read: ${reason}.` };
    }),
    ...folders.flatMap((folder) => imagesIn(folder, join(path, folder.name))),
  ];
}

/** What a shell names where another program writes: `<(...)`, /dev/stdin. Whoever names it means to wait. */
function isStream(path: string): boolean {
  return path.startsWith('/dev/') || path.startsWith('/proc/');
}

/** The bytes of an image that was found. A pipe that has taken the place of a file keeps nobody waiting. */
export async function readFound(file: string): Promise<Uint8Array> {
  if (file === STDIN) return buffer(process.stdin);
  return isStream(file) ? readFile(diskPath(file)) : readRegularFile(file);
}

/** Continues `FILE cannot be read: `. */
export function readFailure(error: unknown): string {
  if (error instanceof NoRegularFile) return error.reason;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EACCES' ? 'it is not permitted' : message;
}
