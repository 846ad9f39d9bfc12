import { basename, join, resolve } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import { readAnnotationList } from '../files/annotation-list.ts';
import type { Candidates } from '../samples/candidates.ts';
import { classesInNames, classInName, dottedName, labelAmong } from './class-name.ts';
import { isImageName } from '../files/image-file.ts';
import { asText } from '../files/path-bytes.ts';
import type { Part, Reading } from './reading.ts';
import { noImages } from './refusals.ts';
import { roleOf } from './roles.ts';
import { readAgain } from '../files/read-again.ts';
import { NoRegularFile, readRegularFile } from '../files/regular-file.ts';
import { someOf } from '../files/some.ts';
import type { Tree } from '../files/tree.ts';
import { UnreadableSample } from '../samples/unreadable-sample.ts';

interface LabelledFile {
  readonly className: string;
  /** Relative to the folder of the dataset, with `/`. */
  readonly file: string;
  readonly split: Split | null;
  /** Why there is nothing to read; continues `FILE cannot be read: `. */
  readonly odd?: string;
}

/** The samples of a folder with train/ and val/, of one with a folder for each class, or of files with the class in their names. */
export async function labelledFiles(folder: string, reading: Extract<Reading, { kind: 'read' }>): Promise<Candidates> {
  const { train, validation } = reading;
  const passedOver: string[] = [];
  const obstacles: GradsocketError[] = [];
  const fromNames: string[] = [];
  const beside: Beside = { passedOver, obstacles, notices: fromNames };
  const trained = await readPart(folder, train, validation === null ? null : 'train', beside);
  const evaluated = validation === null ? [] : await readPart(folder, validation, 'validation', beside);
  const classes = [...new Set(trained.map(({ className }) => className))].toSorted();
  const notices = [
    ...reading.notices,
    ...fromNames,
    ...alikeNotices(classes),
    ...passedOverNotices(folder, passedOver),
  ];
  const trainFolder = join(folder, train.path.slice(0, -1));
  const all = [...classes];
  const labels = labelsOf(all, evaluated, trainFolder, folder, { notices, obstacles });
  const found = [...trained, ...evaluated];
  return {
    name: asText(basename(resolve(folder))),
    where: folder,
    classes: all.map(asText),
    samples: found.map(({ className, split }) => ({ label: labels.get(className)!, split })),
    rawShape: null,
    notices,
    ...(obstacles[0] === undefined ? {} : { untrainable: obstacles[0] }),
    nameOf: (index) => asText(found[index]!.file),
    fileOf: (index) => (found[index]!.odd === undefined ? join(folder, found[index]!.file) : null),
    read: (index) => readImage(folder, found[index]!),
  };
}

async function readImage(folder: string, { file, odd }: LabelledFile): Promise<Uint8Array> {
  const path = join(folder, file);
  if (odd !== undefined) throw new UnreadableSample(path, odd);
  try {
    return await readAgain(path, () => readRegularFile(path));
  } catch (error) {
    if (error instanceof GradsocketError) throw error;
    if (error instanceof NoRegularFile) throw new UnreadableSample(path, error.reason, error);
    // That this process may open no more says nothing of the file.
    if (exhausted(error) !== null) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UnreadableSample(path, `it cannot be read (${code})`, error);
  }
}

/** What is found beside the images of a part. */
interface Beside {
  readonly passedOver: string[];
  readonly obstacles: GradsocketError[];
  readonly notices: string[];
}

async function readPart(
  folder: string,
  { tree, path, by }: Part,
  split: Split | null,
  { passedOver, obstacles, notices }: Beside,
): Promise<readonly LabelledFile[]> {
  const here = join(folder, path);
  refuseLostFolders(tree, here);
  if (by === 'names') {
    if (tree.images.length + tree.odd.size === 0) throw noImages(here, tree.others);
    passedOver.push(...othersOf(tree, path));
    const images = imagesOf(tree, path, false);
    const names = images.map(({ file }) => basename(file));
    // Not sure by itself, only among the others.
    const unclear = names.find((name) => classInName(name) === null);
    const classNames = classesInNames(names);
    if (classNames === null) {
      // Classes of some, or of another part, are labels all the same.
      const isUnlabelled = split === null && names.every((name) => classInName(name) === null);
      throw noClass(join(here, unclear!), isUnlabelled);
    }
    if (unclear !== undefined) notices.push(namesNotice(here, unclear, classNames[names.indexOf(unclear)]!));
    return images.map(({ file, odd }, index) => ({ className: classNames[index]!, file, split, ...odd }));
  }
  if (by !== 'folders' && 'classes' in by) {
    passedOver.push(...othersOf(tree, path));
    return imagesOf(tree, path, true).map(({ file, odd }) => ({
      className: by.classes.get(file)!,
      file,
      split,
      ...odd,
    }));
  }
  if (by !== 'folders') {
    const { list } = by;
    const classes = await readAnnotationList(join(here, list));
    passedOver.push(...othersOf(tree, path).filter((file) => file !== `${path}${list}`));
    return imagesOf(tree, path, true).map(({ file, odd }) => {
      const className = classes.get(basename(file));
      if (className === undefined) throw unlisted(join(folder, file), join(here, list));
      return { className, file, split, ...odd };
    });
  }
  const found: LabelledFile[] = [];
  for (const ofClass of tree.folders) {
    const below = `${path}${ofClass.name}/`;
    refuseLostFolders(ofClass, join(folder, below));
    const images = imagesOf(ofClass, below, true);
    const others = othersOf(ofClass, below);
    // Beside classes others keep lists and boxes of theirs.
    const isClass = images.length > 0 || others.length === 0 || roleOf(ofClass.name) !== 'side';
    if (images.length === 0 && split !== 'validation' && isClass) {
      obstacles.push(emptyClass(ofClass.name, join(folder, below)));
    }
    found.push(...images.map(({ file, odd }) => ({ className: ofClass.name, file, split, ...odd })));
    passedOver.push(...others);
  }
  if (found.length === 0) throw obstacles[0] ?? noImages(here, []);
  return found;
}

interface ImageFile {
  readonly file: string;
  readonly odd: { readonly odd?: string };
}

/** Those of the folder itself, then those of the folders in it. What has the name of an image and is no file is one that cannot be read. */
function imagesOf(tree: Tree, path: string, deep: boolean): readonly ImageFile[] {
  const files = tree.images.map((name): ImageFile => ({ file: `${path}${name}`, odd: {} }));
  for (const [name, { reason, kind }] of tree.odd) {
    if (isImageName(name) || (kind === 'file' && deep)) files.push({ file: `${path}${name}`, odd: { odd: reason } });
  }
  const sorted = files.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  return deep
    ? [...sorted, ...tree.folders.flatMap((below) => imagesOf(below, `${path}${below.name}/`, true))]
    : sorted;
}

function othersOf(tree: Tree, path: string): readonly string[] {
  const odd = [...tree.odd].filter(([name, { kind }]) => !isImageName(name) && kind !== 'file').map(([name]) => name);
  const here = [...tree.others, ...odd].map((name) => `${path}${name}`);
  return [...here, ...tree.folders.flatMap((below) => othersOf(below, `${path}${below.name}/`))];
}

/** Files have one as a rule, folders do not. */
const ENDING = /\.[a-z][a-z0-9]{0,7}$/i;

/** A link that leads nowhere may have led to the folder of a class: to go on without it would be to train on something else. */
export function refuseLostFolders(tree: Tree, here: string): void {
  for (const [name, { reason, kind }] of tree.odd) {
    if (kind !== 'link' || ENDING.test(name)) continue;
    throw new GradsocketError(
      'DATA_UNREADABLE',
      EXIT.badData,
      `${join(here, name)} cannot be read: ${reason}. Mend the link, or remove it.`,
    );
  }
}

/**
 * Labels by name, for what is evaluated too: systems write one name in two ways, and copying between them shows. Classes that
 * are not trained are put behind the others.
 */
function labelsOf(
  all: string[],
  evaluated: readonly LabelledFile[],
  trainFolder: string,
  folder: string,
  { notices, obstacles }: { readonly notices: string[]; readonly obstacles: GradsocketError[] },
): ReadonlyMap<string, number> {
  const classes = [...all];
  const labels = new Map(classes.map((name, label) => [name, label]));
  for (const { className, file } of evaluated) {
    if (labels.has(className)) continue;
    const label = labelAmong(classes, className);
    if (label !== -1) {
      labels.set(className, label);
      notices.push(
        `The class ${className} is written in one way in ${trainFolder} and in another in ${join(folder, file.slice(0, file.indexOf('/')))} (Unicode NFC and NFD): taken for the same.`,
      );
      continue;
    }
    const near = classes.find((name) => spelled(name) === spelled(className));
    const advice =
      near === undefined
        ? 'Only classes that are trained can be evaluated: add it there or remove it here.'
        : `Rename one of the two if ${JSON.stringify(near)} is meant, not ${JSON.stringify(className)}: they differ only in ${difference(near, className)}.`;
    const obstacle = new GradsocketError(
      'CLASS_NOT_IN_TRAINING',
      EXIT.badData,
      `${join(folder, file)} is of class ${className}, which ${trainFolder} does not have (it has ${someOf(classes)}). ${advice}`,
    );
    obstacles.push(obstacle);
    labels.set(className, all.length);
    all.push(className);
  }
  return labels;
}

/** What two names have in common that look alike: a space at the end of one is seen by nobody. */
function spelled(name: string): string {
  return name
    .normalize()
    .toLowerCase()
    .replace(/[\s_]+/gu, ' ')
    .trim();
}

function difference(one: string, other: string): string {
  const [a, b] = [one.normalize(), other.normalize()];
  if (a === b) return 'how their letters are stored (Unicode NFC and NFD)';
  return a.toLowerCase() === b.toLowerCase() ? 'case' : 'spaces, underscores or case';
}

/** Two folders that look like one to people are as a rule a mistake of copying. */
function alikeNotices(classes: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  const notices: string[] = [];
  for (const name of classes) {
    const key = spelled(name);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, name);
    else {
      const [one, two] = [other, name].map((each) => (each === each.trim() ? each : JSON.stringify(each)));
      notices.push(`The classes ${one} and ${two} differ only in ${difference(other, name)}: they are taken for two.`);
    }
  }
  return notices;
}

function passedOverNotices(folder: string, files: readonly string[]): readonly string[] {
  if (files.length === 0) return [];
  const what =
    files.length === 1
      ? '1 file among the images is none and was'
      : `${files.length} files among the images are none and were`;
  return [`${what} passed over in ${folder}: ${someOf(files)}.`];
}

function unlisted(path: string, list: string): GradsocketError {
  return new GradsocketError(
    'DATA_LAYOUT',
    EXIT.badData,
    `${path} has no class: ${list} does not list it. Add it there.`,
  );
}

function namesNotice(where: string, file: string, className: string): string {
  return `The names of the files in ${where} are taken to say their classes: ${file} is of class ${className}.`;
}

function noClass(path: string, isUnlabelled: boolean): GradsocketError {
  const dotted = dottedName(basename(path));
  const here = dotted === null ? '' : `, here ${dotted}`;
  const sentence = `${path} has no class: put the images of each class into a folder of its name, or name them like cat.12.jpg${here}.`;
  return isUnlabelled
    ? new GradsocketError('DATA_UNLABELLED', EXIT.badData, sentence)
    : new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
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
