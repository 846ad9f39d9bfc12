import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EXIT, GradsocketError } from '../errors.ts';
import type { Split } from '../protocol/shared.ts';
import type { Candidates } from './candidates.ts';
import { type FolderListing, listFolder } from './folder.ts';

/** Image files whose class is the name of their folder (`cat/001.jpg`) or the start of their name (`cat.1.jpg`). */
const IMAGE = /\.(?:jpe?g|png|webp)$/i;
const CLASS_IN_NAME = /^(.+?)\.\d+\.(?:jpe?g|png|webp)$/i;

const TRAIN = 'train';
/** In the order of preference: where there are several, one is for choosing hyperparameters. */
const VALIDATION = ['val', 'valid', 'validation', 'test'];

export function isImageName(name: string): boolean {
  return IMAGE.test(name);
}

interface LabelledFile {
  readonly className: string;
  /** Relative to the folder of the dataset, with `/`. */
  readonly file: string;
  readonly split: Split | null;
}

/** A folder with train/ and val/, or a folder of classes, or one of files with the class in their names. */
export async function findLabelledFiles(folder: string, listing: FolderListing): Promise<Candidates> {
  const found = (await isSplit(folder, listing))
    ? await readSplit(folder, listing)
    : await readClasses(folder, listing, '', null);
  const trained = found.filter(({ split }) => split !== 'validation');
  const classes = [...new Set(trained.map(({ className }) => className))].toSorted();
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const stranger = found.find(({ className }) => !numbers.has(className));
  if (stranger !== undefined) {
    throw new GradsocketError(
      'CLASS_NOT_IN_TRAINING',
      EXIT.badData,
      `${join(folder, stranger.file)} is of class ${stranger.className}, which ${join(folder, TRAIN)} does not have (it has ${someOf(classes)}). Only classes that are trained can be evaluated: add it there or remove it here.`,
    );
  }
  return {
    name: basename(folder),
    where: folder,
    classes,
    samples: found.map(({ className, split }) => ({ label: numbers.get(className)!, split })),
    rawShape: null,
    notices: [],
    nameOf: (index) => found[index]!.file,
    read: (index) => readImage(join(folder, found[index]!.file)),
  };
}

async function readImage(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const sentence = `${path} cannot be read (${code}). Make it readable, or remove it.`;
    throw new GradsocketError('DATA_UNREADABLE', EXIT.badData, sentence, { cause: error });
  }
}

/** `train` may also be the name of a class (train, car, ship): then it holds plain images and has no `val` beside it. */
async function isSplit(folder: string, { folders }: FolderListing): Promise<boolean> {
  if (!folders.includes(TRAIN)) return false;
  if (folders.some((name) => VALIDATION.includes(name))) return true;
  const inside = await listFolder(join(folder, TRAIN));
  const images = inside.files.filter(isImageName);
  return inside.folders.length > 0 || (images.length > 0 && images.every((name) => CLASS_IN_NAME.test(name)));
}

async function readSplit(folder: string, { folders }: FolderListing): Promise<readonly LabelledFile[]> {
  const validation = VALIDATION.find((name) => folders.includes(name));
  const part = async (name: string, split: Split | null) =>
    readClasses(folder, await listFolder(join(folder, name)), `${name}/`, split);
  const train = await part(TRAIN, validation === undefined ? null : 'train');
  return validation === undefined ? train : [...train, ...(await part(validation, 'validation'))];
}

/** `prefix` is '' or ends with '/'. */
async function readClasses(
  folder: string,
  { files, folders }: FolderListing,
  prefix: string,
  split: Split | null,
): Promise<readonly LabelledFile[]> {
  const here = join(folder, prefix);
  const images = files.filter(isImageName);
  if (folders.length > 0 && images.length > 0) {
    throw new GradsocketError(
      'DATA_LAYOUT',
      EXIT.badData,
      `${here} holds both image files (${someOf(images)}) and folders (${someOf(folders)}), so that the class of the files is unclear. Put every image into the folder of its class.`,
    );
  }
  if (folders.length === 0) {
    const nameless = images.find((name) => !CLASS_IN_NAME.test(name));
    if (nameless !== undefined) {
      throw new GradsocketError(
        'DATA_LAYOUT',
        EXIT.badData,
        `${join(here, nameless)} has no class: put the images of each class into a folder of its name, or name them like cat.12.jpg.`,
      );
    }
    if (images.length === 0) throw noImages(here, files);
    return images.map((name) => ({ className: CLASS_IN_NAME.exec(name)![1]!, file: `${prefix}${name}`, split }));
  }

  const found: LabelledFile[] = [];
  for (const className of folders) {
    const inside = await listFolder(join(here, className));
    if (inside.folders.length > 0) {
      throw new GradsocketError(
        'DATA_LAYOUT',
        EXIT.badData,
        `${join(here, className)} holds folders (${someOf(inside.folders)}) where images of class ${className} are expected. Put the images of each class directly into its folder.`,
      );
    }
    if (inside.files.length === 0 && split !== 'validation') throw emptyClass(className, join(here, className));
    // Files of other kinds too: a file among the images that is none is a mistake to name, not to pass over.
    found.push(...inside.files.map((name) => ({ className, file: `${prefix}${className}/${name}`, split })));
  }
  if (found.length === 0) throw noImages(here, []);
  return found;
}

/** `broken`: one of those that it would have if they could be decoded. */
export function emptyClass(className: string, where: string, broken?: string): GradsocketError {
  const why = broken === undefined ? '' : ` (${broken})`;
  return new GradsocketError(
    'EMPTY_CLASS',
    EXIT.badData,
    `Class ${className} has no training images in ${where}${why}. Add some, or remove the class.`,
  );
}

function noImages(where: string, files: readonly string[]): GradsocketError {
  const instead = files.length === 0 ? 'is empty' : `holds no images, but ${someOf(files)}`;
  return new GradsocketError(
    'DATA_EMPTY',
    EXIT.badData,
    `${where} ${instead}. It needs a folder of JPEG, PNG or WebP images for each class.`,
  );
}

const NAMED = 3;

export function someOf(names: readonly string[]): string {
  const more = names.length > NAMED ? `, ... ${names.length} in all` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
