import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveIn, type FoundArchive, unpackOnce } from '../../data/archive/archive.ts';
import { isImageName } from '../../data/files/image-file.ts';
import { readAgain } from '../../data/files/read-again.ts';
import { NoRegularFile, oddKind, readRegularFile } from '../../data/files/regular-file.ts';
import { scan, type Tree } from '../../data/files/tree.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { readGivenFile, readGivenStream, systemReason, UnreadableFile } from '../../shared/given-file.ts';

/** Stands for an image from standard input. A file of that name is `./-`. */
export const STDIN = '-';

/** A path that was named, or an image found below it. */
export interface Found {
  /** As people know it: `pets.zip/1.jpg`. */
  readonly file: string;
  /** Where it is to be read. */
  readonly path: string;
  /** Why there is nothing to look at; null: it is a file. A sentence. */
  readonly refused: string | null;
}

/**
 * The files among `paths`, whatever their names, and the images in folders and archives among them, at any depth, in the
 * order of their names. Other files in a folder are passed over: nobody named them. Archives are unpacked into `cacheDir`.
 */
export async function findImages(paths: readonly string[], cacheDir: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const path of paths) {
    if (path === STDIN) {
      found.push({ file: path, path, refused: null });
      continue;
    }
    try {
      const archive = await archiveIn(path);
      found.push(...(archive === null ? await imagesAt(path, path) : await imagesInArchive(archive, path, cacheDir)));
    } catch (error) {
      found.push({ file: path, path, refused: sentenceOf(error, path) });
    }
  }
  return found;
}

async function imagesInArchive(
  { archive, packing, inside }: FoundArchive,
  file: string,
  cacheDir: string,
): Promise<readonly Found[]> {
  const { folder } = await unpackOnce(archive, packing, cacheDir, () => undefined);
  return imagesAt(file, join(folder, inside));
}

/** `file`: what `path` is called. */
async function imagesAt(file: string, path: string): Promise<readonly Found[]> {
  const kind = await readAgain(file, () => stat(path));
  if (kind.isFile() || (isStream(path) && !kind.isDirectory())) return [{ file, path, refused: null }];
  if (!kind.isDirectory()) return [{ file, path, refused: `${file} cannot be read: ${oddKind(kind)}.` }];
  const images = imagesIn(await scan(path), file, path);
  return images.length > 0 ? images : [{ file, path, refused: `${file} has no images in it.` }];
}

function imagesIn({ images, odd, folders }: Tree, folder: string, path: string): readonly Found[] {
  const refused = [...odd].filter(([name]) => isImageName(name));
  const at = (name: string) => ({ file: join(folder, name), path: join(path, name) });
  return [
    ...images.map((name): Found => ({ ...at(name), refused: null })),
    ...refused.map(([name, { reason }]): Found => {
      return { ...at(name), refused: `${join(folder, name)} cannot be read: ${reason}.` };
    }),
    ...folders.flatMap((below) => imagesIn(below, join(folder, below.name), join(path, below.name))),
  ];
}

/** An archive says itself what is wrong with it; that there is no room for it on the disk is for nobody to pass over. */
function sentenceOf(error: unknown, path: string): string {
  if (!(error instanceof GradsocketError)) return `${path} cannot be read: ${readFailure(error, path)}.`;
  if (error.exitCode !== EXIT.badData) throw error;
  return error.message;
}

/** What a shell names where another program writes: `<(...)`, /dev/stdin. Whoever names it means to wait. In /dev/shm/ lie files. */
function isStream(path: string): boolean {
  return (path.startsWith('/dev/') && !path.startsWith('/dev/shm/')) || path.startsWith('/proc/');
}

/** Of an image as it comes from a program. */
const MOST_BYTES = 2 ** 29;

/** The bytes of an image that was found. A pipe that has taken the place of a file keeps nobody waiting. */
export async function readFound({ file, path }: Pick<Found, 'file' | 'path'>): Promise<Uint8Array> {
  if (path === STDIN) return readGivenStream(process.stdin, MOST_BYTES);
  return isStream(path) ? readGivenFile(path, MOST_BYTES) : readAgain(file, () => readRegularFile(path));
}

/** Continues `FILE cannot be read: `. */
export function readFailure(error: unknown, path: string): string {
  if (error instanceof NoRegularFile || error instanceof UnreadableFile) return error.reason;
  return systemReason(error as NodeJS.ErrnoException, path);
}
