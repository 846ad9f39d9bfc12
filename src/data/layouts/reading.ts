import { join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { isAnnotationList } from '../files/annotation-list.ts';
import { isCifarFile, pickledCifar } from './cifar.ts';
import { classesInNames, classInName } from './class-name.ts';
import { isIdxImages } from './idx-files.ts';
import { familyOf, isNamed, type Role, roleOf, rolesOf, saysNothing, validationRank } from './roles.ts';
import { someOf } from '../files/some.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import { plural } from '../../shared/plural.ts';

/** A folder whose images have classes, by the folders that they lie in, by their names, or by a list beside them. */
export interface Part {
  readonly tree: Tree;
  /** From the dataset's folder, with `/`: '' or ends with one. */
  readonly path: string;
  readonly by: 'folders' | 'names' | { readonly list: string } | Tabled;
}

/** Classes by the names of images, as they stand in a file. */
interface Tabled {
  /** From the folder of the part, with `/`. */
  readonly table: string;
  readonly classes: ReadonlyMap<string, string>;
}

/** How a folder of images is understood. */
export type Reading =
  /** `validation` null: to be split by seed. */
  | {
      readonly kind: 'read';
      readonly train: Part;
      readonly validation: Part | null;
      readonly notices: readonly string[];
    }
  /** The dataset is in the only folder that may be one. */
  | { readonly kind: 'deeper'; readonly folder: string; readonly notices: readonly string[] }
  /** There are no images anywhere. */
  | { readonly kind: 'none' };

/**
 * What folders mean, by their names and by what is in them. Nothing that holds images is left out in silence: it is in
 * what is read, in a notice, or in the sentence of a refusal.
 *
 * @throws GradsocketError
 */
export function readingOf(root: Tree, where: string): Reading {
  if (imagesBelow(root) === 0) return { kind: 'none' };
  const full = root.folders.filter(hasImages);
  const roles = rolesWithin(root);
  const train = root.folders.filter(({ name }) => roles.get(name) === 'train');
  if (train.length > 0 && !areAllClasses(root, train, roles)) {
    const holdsAll = full.length === 1 && root.images.length === 0 && isDivided(train[0]!);
    if (holdsAll) return { kind: 'deeper', folder: full[0]!.name, notices: [] };
    return splitReading(root, train, roles, where);
  }
  if (full.length === 0) {
    return { kind: 'read', train: { tree: root, path: '', by: 'names' }, validation: null, notices: [] };
  }
  if (full.every(({ name }) => isEvaluated(roles.get(name)))) throw noTraining(full, where);
  const only = onlyDataset(root, roles);
  if (only !== null) {
    const beside = full.filter((folder) => folder !== only);
    return { kind: 'deeper', folder: only.name, notices: leftOutNotices({ ...root, folders: beside }, where) };
  }
  refuseDatasets(root, where);
  if (full.length > 1 && full.some(({ name }) => saysNothing(name)) && full.every(({ name }) => isNoClass(name))) {
    throw refusal(
      `${where} holds ${full.map(({ name }) => `${name}/`).join(', ')}, of which none is the name of a class: put the images of each class into a folder of its name.`,
    );
  }
  const all: Part = { tree: root, path: '', by: 'folders' };
  return { kind: 'read', train: all, validation: null, notices: classNotices(all, where) };
}

type Roles = ReadonlyMap<string, Role | null>;

/**
 * By names, and where no name says training by what folders hold: `rps` and `rps-test-set`, `faces` and
 * `validation-faces` with folders of the same classes.
 */
function rolesWithin({ folders }: Tree): Roles {
  const roles = rolesOf(folders.map(({ name }) => name));
  if ([...roles.values()].includes('train')) return roles;
  for (const evaluated of folders) {
    const family = familyOf(evaluated.name);
    const base = family === null ? undefined : folders.find(({ name }) => isNamed(name, family.of));
    if (family === null || base === undefined || !haveSameFolders([base, evaluated])) continue;
    return new Map([...roles, [base.name, 'train'], [evaluated.name, family.role]]);
  }
  // `fit/` beside `val/`.
  const full = folders.filter(hasImages);
  const [base, ...more] = full.filter(({ name }) => !isEvaluated(roles.get(name)));
  const isOnly = base !== undefined && more.length === 0 && full.length > 1;
  return isOnly && roles.get(base.name) === null && haveSameFolders(full)
    ? new Map([...roles, [base.name, 'train']])
    : roles;
}

function saysTraining({ folders }: Tree, train: Tree): boolean {
  return rolesOf(folders.map(({ name }) => name)).get(train.name) === 'train';
}

/** Whether each holds folders of images of the same names, two at least. */
function haveSameFolders(trees: readonly Tree[]): boolean {
  const [first, ...others] = trees.map(({ folders }) => folders.filter(hasImages).map(({ name }) => name));
  if (first === undefined || first.length < 2 || trees.some(({ images }) => images.length > 0)) return false;
  return others.every((names) => names.join('/') === first.join('/'));
}

/** An empty folder beside it may be a class that is still to be filled, one of masks or previews is not meant. */
function onlyDataset(root: Tree, roles: Roles): Tree | null {
  const isSide = ({ name }: Tree): boolean => roles.get(name) === 'side';
  const full = root.folders.filter(hasImages);
  const meant = full.length === 1 ? full : full.filter((folder) => !isSide(folder));
  const [only] = meant;
  if (only === undefined || meant.length > 1 || root.images.length > 0 || !looksLikeDataset(only)) return null;
  if (full.length > 1 && !saysNothing(only.name)) return null;
  return root.folders.every((folder) => folder === only || isSide(folder)) ? only : null;
}

/** Whether it holds parts of a dataset: folders for training and for measuring, with classes in each. */
function isDivided({ folders }: Tree): boolean {
  const full = folders.filter(hasImages);
  const roles = rolesOf(full.map(({ name }) => name));
  const isPart = (folder: Tree): boolean => classesIn(unwrapped(folder, '').tree).length > 1;
  return (
    full.some((folder) => roles.get(folder.name) === 'train' && isPart(folder)) &&
    full.some((folder) => isEvaluated(roles.get(folder.name)) && isPart(folder))
  );
}

/** A folder of datasets has no classes: `MNIST/raw/` with its files, `chest/` with `train/` and `val/`. */
function refuseDatasets(root: Tree, where: string): void {
  const datasets = datasetsBelow(root, where);
  if (datasets.length === 0) return;
  const isAmong = (path: string): boolean => datasets.some((found) => found === path || found.startsWith(`${path}/`));
  const others = root.folders
    .filter((folder) => classesIn(folder).length > 1)
    .map(({ name }) => join(where, name))
    .filter((path) => !isAmong(path));
  const all = [...datasets, ...others].toSorted();
  const what = datasets.length === 1 ? `${datasets[0]} is a dataset` : `${datasets.join(', ')} are datasets`;
  throw refusal(
    `${what} and no class. Pass what is meant${all.length === 1 ? `: ${all[0]}` : `, one of ${all.join(', ')}`}; if ${where} is meant, move what is no class elsewhere.`,
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

function isNoClass(name: string): boolean {
  return saysNothing(name) || roleOf(name) === 'side';
}

function isEvaluated(role: Role | null | undefined): boolean {
  return role === 'validation' || role === 'test';
}

function hasImages(tree: Tree): boolean {
  return imagesBelow(tree) > 0;
}

/** Where images lie in it that no name and no folder puts into a class: a class of itself, or unlabelled. */
function isPlain(tree: Tree): boolean {
  return partKind(tree) === 'unlabelled';
}

type PartKind = 'folders' | 'names' | 'unlabelled' | 'empty';

function partKind(tree: Tree): PartKind {
  if (tree.folders.some(hasImages)) return 'folders';
  if (tree.images.length > 0) return tree.images.every((name) => classInName(name) !== null) ? 'names' : 'unlabelled';
  return tree.folders.length > 0 ? 'folders' : 'empty';
}

function classesIn(tree: Tree): readonly string[] {
  if (partKind(tree) === 'folders') return tree.folders.filter(hasImages).map(({ name }) => name);
  return [...new Set(tree.images.flatMap((name) => classInName(name) ?? []))];
}

function looksLikeDataset(tree: Tree): boolean {
  return classesIn(tree).length > 1 || tree.folders.length === 1 || (isPlain(tree) && namesSayClasses(tree));
}

function namesSayClasses({ images }: Tree): boolean {
  return classesInNames(images) !== null;
}

/** Whether `train` is the name of a class (bus, car, train): it holds images of one kind, and so do folders beside it. */
function areAllClasses(root: Tree, train: readonly Tree[], roles: Roles): boolean {
  const beside = root.folders.filter((folder) => !train.includes(folder) && hasImages(folder));
  const others = beside.filter(({ name }) => roles.get(name) === null);
  if (beside.length === 0 && train.length < 2) return false;
  if (train.every(isPlain)) return others.length > 0 || train.length > 1;
  return train.length === 1 && others.length > 0 && classesIn(unwrapped(train[0]!, '').tree).length === 1;
}

/** Kaggle has `seg_train/seg_train/`, others `train/images/`: a folder that holds nothing but one that says no more. */
function unwrapped(tree: Tree, path: string): { readonly tree: Tree; readonly path: string } {
  const here = `${path}${tree.name}/`;
  const [only, ...more] = tree.folders;
  if (tree.images.length > 0 || only === undefined || more.length > 0) return { tree, path: here };
  const again = only.name.toLowerCase() === tree.name.toLowerCase() || (roleOf(only.name) ?? '') === roleOf(tree.name);
  const goOn = again || (saysNothing(only.name) && partKind(only) !== 'unlabelled');
  return goOn ? unwrapped(only, here) : { tree, path: here };
}

function splitReading(root: Tree, trains: readonly Tree[], roles: Roles, where: string): Reading {
  if (trains.length > 1) {
    throw refusal(
      `${where} holds ${someOf(trains.map(({ name }) => `${name}/`))}, which all read as training images. Keep one of them there.`,
    );
  }
  const train = partOf(trains[0]!, where);
  const notices = classNotices(train, where);
  const beside = root.folders.filter((folder) => folder !== trains[0]);
  if (!saysTraining(root, trains[0]!)) {
    notices.push(`${join(where, trains[0]!.name)}/ is trained on, by the names of what lies beside it.`);
  }
  const evaluated = beside
    .filter(({ name }) => isEvaluated(roles.get(name)))
    .toSorted((a, b) => validationRank(a.name) - validationRank(b.name));
  const chosen = evaluated.find((folder) => roles.get(folder.name) === 'validation' || isLabelled(folder, train));
  const unused = beside.filter((folder) => folder !== chosen && hasImages(folder));

  const strays = unused.filter(({ name }) => roles.get(name) === null);
  if (chosen === undefined && strays.length > 0) throw ambiguous(root, trains[0]!, strays, where);
  for (const folder of unused) notices.push(unusedNotice(folder, roles, train, chosen ?? null, where));
  if (root.images.length > 0)
    notices.push(looseNotice(root.images, where, `${trains[0]!.name}/ and what belongs to it`));
  const listed = chosen === undefined ? null : listedPart(chosen, train);
  if (chosen !== undefined && listed === null) refuseUnlabelled(chosen, trains[0]!, where);
  const validation = chosen === undefined ? null : (listed ?? partOf(chosen, where));
  if (validation !== null) notices.push(...classNotices(validation, where));
  return { kind: 'read', train, validation, notices };
}

function partOf(folder: Tree, where: string): Part {
  const { tree, path } = unwrapped(folder, '');
  const kind = partKind(tree);
  if (kind === 'empty') throw noImages(join(where, path), tree.others);
  return { tree, path, by: kind === 'folders' ? 'folders' : 'names' };
}

/** ImageNet's own images for validation lie in one folder, whose classes are listed elsewhere. */
function refuseUnlabelled(folder: Tree, train: Tree, where: string): void {
  const { tree, path } = unwrapped(folder, '');
  if (!isPlain(tree) || isPlain(unwrapped(train, '').tree)) return;
  const script = tree.images.some((name) => /^ILSVRC\d+_val_/.test(name))
    ? " (for ImageNet's, valprep.sh does that)"
    : '';
  throw refusal(
    `${join(where, path)} says no classes, neither by folders nor by names like cat.12.jpg. Put its images into folders of their classes${script}, or move ${folder.name}/ elsewhere: then some of ${train.name}/ are held out.`,
  );
}

/** Tiny ImageNet has all images for validation in one folder, with a list of their classes beside it. */
function listedPart(folder: Tree, train: Part): Part | null {
  const { tree, path } = unwrapped(folder, '');
  const list = tree.others.find(isAnnotationList);
  if (list === undefined || isLabelled(folder, train)) return null;
  return { tree, path, by: { list } };
}

/** A test set without labels is common: its images lie in it directly, or in one folder that is none of the classes. */
function isLabelled(folder: Tree, train: Part): boolean {
  const { tree } = unwrapped(folder, '');
  const kind = partKind(tree);
  if (kind === 'empty' || !hasImages(tree)) return false;
  if (kind === 'unlabelled') return isPlain(train.tree) && namesSayClasses(tree);
  const classes = classesIn(tree);
  return classes.length > 1 || classesIn(train.tree).includes(classes[0]!);
}

function unusedNotice(folder: Tree, roles: Roles, train: Part, chosen: Tree | null, where: string): string {
  const path = join(where, folder.name);
  const images = imagesText(folder);
  if (!isEvaluated(roles.get(folder.name))) return leftOutNotice(folder, where);
  if (!isLabelled(folder, train)) {
    return `${path}/ says no classes, neither by folders nor by names like cat.12.jpg: ${images} not used. \`gradsocket predict RUN ${path}\` classifies them after training.`;
  }
  return `${path}/ is not used, for ${chosen?.name}/ is for validation. \`gradsocket eval RUN --data ${path}\` measures it after training.`;
}

/** Of folders with images beside what is read. */
export function leftOutNotices({ folders }: Tree, where: string): string[] {
  return folders.filter(hasImages).map((folder) => leftOutNotice(folder, where));
}

function leftOutNotice(folder: Tree, where: string): string {
  return `${join(where, folder.name)}/ is neither for training nor for validation: ${imagesText(folder)} not used.`;
}

function imagesText(folder: Tree): string {
  return imagesBelow(folder) === 1 ? 'its image is' : `its ${imagesBelow(folder)} images are`;
}

function ambiguous(root: Tree, train: Tree, strays: readonly Tree[], where: string): GradsocketError {
  const inside = classesIn(unwrapped(train, '').tree);
  const count = strays.reduce((sum, folder) => sum + imagesBelow(folder), 0);
  const names = root.folders.filter(hasImages).map(({ name }) => name);
  return refusal(
    `${where} holds ${train.name}/ beside ${someOf(strays.map(({ name }) => `${name}/`))}: either the classes are ${someOf(inside)} and ${plural(count, 'image')} beside ${train.name}/ would be left out, or the classes are ${someOf(names)}. For the first, pass ${join(where, train.name)} as the data; for the second, rename ${train.name}/ (to ${train.name}-class, say).`,
  );
}

function noTraining(folders: readonly Tree[], where: string): GradsocketError {
  const names = folders.map(({ name }) => `${name}/`);
  return refusal(
    `${where} holds ${someOf(names)} but no train/. Add train/, or pass ${join(where, folders[0]!.name)} as the data to train on that.`,
  );
}

/** What to know of a folder of class folders; refuses where images or folders in it have no clear class. */
function classNotices({ tree, path, by }: Part, where: string): string[] {
  if (by !== 'folders') return [];
  const here = join(where, path);
  const folders = tree.folders.filter(hasImages);
  if (tree.images.length > 0 && (folders.length === 1 || namesClasses(tree.images))) {
    throw refusal(
      `${here} holds both image files (${someOf(tree.images)}) and folders (${someOf(folders.map(({ name }) => name))}), so that the class of the files is unclear. Put every image into the folder of its class.`,
    );
  }
  const [only, ...more] = folders;
  if (only !== undefined && more.length === 0 && saysNothing(only.name) && isPlain(only)) {
    throw refusal(
      `${join(here, only.name)} holds images but names no class: put the images of each class into a folder of its name, or name them like cat.12.jpg.`,
    );
  }
  const notices: string[] = [];
  const names = new Set(folders.map(({ name }) => name));
  for (const folder of folders) {
    const inner = folder.folders.filter(hasImages).map(({ name }) => name);
    const same = inner.filter((name) => name !== folder.name && names.has(name));
    if (same.length > 1 || (same.length === 1 && inner.length === 1)) {
      throw refusal(
        `${join(here, folder.name)} holds ${someOf(same.map((name) => `${name}/`))} as ${here} does beside it, so that the class of the images in there is unclear. Put them into the folders of their classes, or move ${folder.name}/ elsewhere.`,
      );
    }
    const role = roleOf(folder.name);
    if (path === '' && role !== null && role !== 'side') {
      notices.push(`${join(here, folder.name)}/ is taken for a class, like what lies beside it.`);
    }
  }
  const nested = folders.flatMap((folder) => nestedImage(folder) ?? []);
  if (nested.length > 0) {
    const having = nested.length === 1 ? 'One class has' : `${nested.length} classes have`;
    notices.push(
      `${having} images in folders further down, such as ${join(here, nested[0]!)}: all that is below a class's folder is of that class.${insteadText(folders, here)}`,
    );
  }
  if (tree.images.length > 0) notices.push(looseNotice(tree.images, here, 'the folders of the classes'));
  return notices;
}

/** What may have been meant where all classes hold the same folders. */
function insteadText(folders: readonly Tree[], here: string): string {
  const [first] = folders;
  if (first === undefined || folders.length < 2 || !haveSameFolders(folders)) return '';
  const inner = first.folders.filter(hasImages);
  const roles = rolesOf(inner.map(({ name }) => name));
  const [train, measured] = ['train' as const, null].map((role) =>
    inner.find(({ name }) => (role === null ? isEvaluated(roles.get(name)) : roles.get(name) === role)),
  );
  if (train !== undefined && measured !== undefined) {
    return ` ${train.name}/ and ${measured.name}/ in there are no split: put them outside, ${train.name}/${first.name}/ and ${measured.name}/${first.name}/.`;
  }
  const names = someOf(inner.map(({ name }) => name));
  return ` If the classes are ${names}, pass one of the folders, such as ${join(here, first.name)}.`;
}

/** Not a stray picture, but the other layout. */
function namesClasses(images: readonly string[]): boolean {
  const classes = images.map(classInName);
  return new Set(classes).size > 1 && !classes.includes(null);
}

/** A sentence that tells of pictures which lie beside what is read, and are left out. */
export function looseNotice(images: readonly string[], where: string, beside: string): string {
  const what = images.length === 1 ? '1 image lies' : `${images.length} images lie`;
  return `${what} in ${where} beside ${beside} and ${images.length === 1 ? 'is' : 'are'} not used: ${someOf(images)}.`;
}

/** The first one that lies deeper than in the folder itself. */
function nestedImage(folder: Tree): string | null {
  for (const below of folder.folders) {
    const image = below.images[0];
    const found = image === undefined ? nestedImage(below) : `${below.name}/${image}`;
    if (found !== null) return `${folder.name}/${found}`;
  }
  return null;
}

export function noImages(where: string, files: readonly string[]): GradsocketError {
  const instead = files.length === 0 ? 'is empty' : `holds no images, but ${someOf(files)}`;
  return new GradsocketError(
    'DATA_EMPTY',
    EXIT.badData,
    `${where} ${instead}. It needs a folder of JPEG, PNG or WebP images for each class.`,
  );
}

function refusal(sentence: string): GradsocketError {
  return new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
}
