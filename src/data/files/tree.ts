import { realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import { forEachBounded } from './bounded.ts';
import { listFolder, type OddEntry } from './folder.ts';
import { isImageFile, isImageName } from './image-file.ts';
import { isPartOf, type OwnFolder, ownFolder } from './own-folder.ts';
import { isOwnPicture } from './own-picture.ts';
import { diskPath } from './path-bytes.ts';
import { readAgain, unlessAway } from './read-again.ts';

/** A folder with all that is below it, as far as it may matter for data. Names are sorted. */
export interface Tree {
  readonly name: string;
  /** Files that are meant as images, whether or not they can be decoded. */
  readonly images: readonly string[];
  readonly others: readonly string[];
  readonly odd: ReadonlyMap<string, OddEntry>;
  /** Without runs and sweeps, and without folders that hold nothing but these. */
  readonly folders: readonly Tree[];
  /** Only the folder that was asked for: it is a run or sweep itself. */
  readonly own: OwnFolder | null;
  /** Runs and sweeps directly in it. */
  readonly runs: readonly string[];
}

/** Files whose first bytes are read at once. */
const READS = 16;

/** Where people have previews written: not into the folder of a class, nor under a name such as cat.12.png. */
const MAYBE_OWN = /^(?!.*\.\d+\.png$).*\.png$/i;

export async function scan(path: string): Promise<Tree> {
  return scanBelow(path, basename(resolve(path)), new Set([await realName(path)]));
}

/** `within`: this folder and those that it lies in, under their real names; a link to one of them would go round in circles. */
async function scanBelow(path: string, name: string, within: ReadonlySet<string>): Promise<Tree> {
  const listing = await listFolder(path);
  const own = ownFolder(listing);
  const images: string[] = [];
  const others: string[] = [];
  const unclear: string[] = [];
  const odd = new Map(listing.odd);
  for (const file of listing.files) {
    if (!isImageName(file)) unclear.push(file);
    else if (within.size > 1 || !MAYBE_OWN.test(file) || !(await isOurs(join(path, file)))) {
      images.push(file);
    }
  }
  await forEachBounded(unclear.length, READS, async (index) => {
    const file = unclear[index]!;
    try {
      const isImage = await readAgain(join(path, file), () => isImageFile(join(path, file)));
      (isImage ? images : others).push(file);
    } catch (error) {
      if (error instanceof GradsocketError || exhausted(error) !== null) throw error;
      const { code } = error as NodeJS.ErrnoException;
      odd.set(file, { reason: `it cannot be read (${code})`, kind: 'file' });
    }
  });

  const folders: Tree[] = [];
  const runs: string[] = [];
  for (const folder of listing.folders) {
    if (own !== null && isPartOf(own, folder)) continue;
    const below = join(path, folder);
    const real = await realName(below);
    if (within.has(real)) continue;
    const tree = await scanBelow(below, folder, new Set([...within, real]));
    if (tree.own !== null) runs.push(folder);
    else if (tree.runs.length === 0 || imagesBelow(tree) > 0) folders.push(tree);
    else runs.push(...tree.runs.map((run) => `${folder}/${run}`));
  }
  return { name, images: images.toSorted(), others: others.toSorted(), odd, folders, own, runs };
}

/** Of what cannot be read, whoever reads it says why. */
function isOurs(path: string): Promise<boolean> {
  return readAgain(path, () => isOwnPicture(path)).catch(unlessAway(false));
}

export function imagesBelow({ images, folders }: Tree): number {
  return folders.reduce((sum, folder) => sum + imagesBelow(folder), images.length);
}

async function realName(path: string): Promise<string> {
  return (await realpath(diskPath(path), 'buffer')).toString('latin1');
}
