import { join } from 'node:path';
import { imagesBelow, type Tree } from '../files/tree.ts';
import { isCifarFile, pickledCifar } from './cifar.ts';
import { classesInNames, classInName } from './class-name.ts';
import { isIdxImages } from './idx-files.ts';
import { type Role, roleOf, rolesOf, saysNothing } from './roles.ts';

export function hasImages(tree: Tree): boolean {
  return imagesBelow(tree) > 0;
}

/** How the images of a folder have classes: `empty`, there are none. */
type PartKind = 'folders' | 'names' | 'unlabelled' | 'empty';

export function partKind(tree: Tree): PartKind {
  if (tree.folders.some(hasImages)) return 'folders';
  if (tree.images.length > 0) return tree.images.every((name) => classInName(name) !== null) ? 'names' : 'unlabelled';
  return tree.folders.length > 0 ? 'folders' : 'empty';
}

/** Where images lie in it that no name and no folder puts into a class: a class of itself, or unlabelled. */
export function isPlain(tree: Tree): boolean {
  return partKind(tree) === 'unlabelled';
}

/** The names of the classes of a folder of such images. */
export function classesIn(tree: Tree): readonly string[] {
  if (partKind(tree) === 'folders') return tree.folders.filter(hasImages).map(({ name }) => name);
  return [...new Set(tree.images.flatMap((name) => classInName(name) ?? []))];
}

function namesSayClasses({ images }: Tree): boolean {
  return classesInNames(images) !== null;
}

/** Whether each holds folders of images of the same names, two at least. */
export function haveSameFolders(trees: readonly Tree[]): boolean {
  const [first, ...others] = trees.map(({ folders }) => folders.filter(hasImages).map(({ name }) => name));
  if (first === undefined || first.length < 2 || trees.some(({ images }) => images.length > 0)) return false;
  return others.every((names) => names.join('/') === first.join('/'));
}

/** A test set without labels is common: its images lie in it directly, or in one folder that is none of the classes. */
export function isLabelled(folder: Tree, train: Tree): boolean {
  const { tree } = unwrapped(folder, '');
  const kind = partKind(tree);
  if (kind === 'empty' || !hasImages(tree)) return false;
  if (kind === 'unlabelled') return isPlain(train) && namesSayClasses(tree);
  const classes = classesIn(tree);
  return classes.length > 1 || classesIn(train).includes(classes[0]!);
}

/** Whether the names of its folders, or of its files with a dot before the number, say classes. */
export function hasClasses({ folders, images }: Tree): boolean {
  if (images.length > 0 && images.every((name) => classInName(name) !== null)) return true;
  const full = folders.filter(hasImages);
  const named = full.filter(({ name }) => roleOf(name) === null && !saysNothing(name));
  return (named.length > 0 && full.length > 1) || full.some(hasClasses);
}

export function looksLikeDataset(tree: Tree): boolean {
  return classesIn(tree).length > 1 || tree.folders.length === 1 || (isPlain(tree) && namesSayClasses(tree));
}

/** Kaggle has `seg_train/seg_train/`, others `train/images/`: a folder that holds nothing but one that says no more. */
export function unwrapped(tree: Tree, path: string): { readonly tree: Tree; readonly path: string } {
  const here = `${path}${tree.name}/`;
  const [only, ...more] = tree.folders;
  if (tree.images.length > 0 || only === undefined || more.length > 0) return { tree, path: here };
  const again = only.name.toLowerCase() === tree.name.toLowerCase() || (roleOf(only.name) ?? '') === roleOf(tree.name);
  const goOn = again || (saysNothing(only.name) && partKind(only) !== 'unlabelled');
  return goOn ? unwrapped(only, here) : { tree, path: here };
}

export function isEvaluated(role: Role | null | undefined): boolean {
  return role === 'validation' || role === 'test';
}

/** Whether it holds parts of a dataset: folders for training and for measuring, with classes in each. */
export function isDivided({ folders }: Tree): boolean {
  const full = folders.filter(hasImages);
  const roles = rolesOf(full.map(({ name }) => name));
  const isPart = (folder: Tree): boolean => classesIn(unwrapped(folder, '').tree).length > 1;
  return (
    full.some((folder) => roles.get(folder.name) === 'train' && isPart(folder)) &&
    full.some((folder) => isEvaluated(roles.get(folder.name)) && isPart(folder))
  );
}

/** Where a folder's own files, or its parts, say that it is one. */
export function datasetsBelow({ folders }: Tree, where: string): readonly string[] {
  return folders.flatMap((folder) => {
    const path = join(where, folder.name);
    return isRaw(folder) || isDivided(folder) ? [path] : datasetsBelow(folder, path);
  });
}

function isRaw(tree: Tree): boolean {
  if (hasImages(tree)) return false;
  return tree.others.some((name) => isIdxImages(name) || isCifarFile(name)) || pickledCifar(tree.others, '') !== null;
}
