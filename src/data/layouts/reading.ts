import { join } from 'node:path';
import { isAnnotationList } from '../files/annotation-list.ts';
import { someOf } from '../files/some.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import { classNotices } from './class-folders.ts';
import { leftOutNotices, looseNotice, unusedNotice } from './left-out.ts';
import { ambiguous, noImages, noTraining, refusal } from './refusals.ts';
import { familyOf, isNamed, type Role, roleOf, rolesOf, saysNothing, validationRank } from './roles.ts';
import {
  classesIn,
  datasetsBelow,
  hasImages,
  haveSameFolders,
  isDivided,
  isEvaluated,
  isLabelled,
  isPlain,
  looksLikeDataset,
  partKind,
  unwrapped,
} from './tree-looks.ts';

/** A folder whose images have classes, by the folders that they lie in, by their names, or by a list beside them. */
export interface Part {
  readonly tree: Tree;
  /** From the dataset's folder, with `/`: '' or ends with one. */
  readonly path: string;
  readonly by: 'folders' | 'names' | { readonly list: string } | Tabled;
}

/** Classes by the names of images, as they stand in a file. */
interface Tabled {
  /** From the dataset's folder, with `/`. */
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
 * what is read, in a notice, or in the sentence of a refusal. `tabled`: parts for measuring that have their classes by a table.
 *
 * @throws GradsocketError
 */
export function readingOf(root: Tree, where: string, tabled: ReadonlyMap<string, Part> = new Map()): Reading {
  if (imagesBelow(root) === 0) return { kind: 'none' };
  const full = root.folders.filter(hasImages);
  const roles = rolesWithin(root);
  const train = root.folders.filter(({ name }) => roles.get(name) === 'train');
  if (train.length > 0 && !areAllClasses(root, train, roles)) {
    const holdsAll = full.length === 1 && root.images.length === 0 && isDivided(train[0]!);
    if (holdsAll) return { kind: 'deeper', folder: full[0]!.name, notices: [] };
    return splitReading(root, train, roles, where, tabled);
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

function isNoClass(name: string): boolean {
  return saysNothing(name) || roleOf(name) === 'side';
}

/** Whether `train` is the name of a class (bus, car, train): it holds images of one kind, and so do folders beside it. */
function areAllClasses(root: Tree, train: readonly Tree[], roles: Roles): boolean {
  const beside = root.folders.filter((folder) => !train.includes(folder) && hasImages(folder));
  const others = beside.filter(({ name }) => roles.get(name) === null);
  if (beside.length === 0 && train.length < 2) return false;
  if (train.every(isPlain)) return others.length > 0 || train.length > 1;
  return train.length === 1 && others.length > 0 && classesIn(unwrapped(train[0]!, '').tree).length === 1;
}

function splitReading(
  root: Tree,
  trains: readonly Tree[],
  roles: Roles,
  where: string,
  tabled: ReadonlyMap<string, Part>,
): Reading {
  if (trains.length > 1) {
    throw refusal(
      `${where} holds ${someOf(trains.map(({ name }) => `${name}/`))}, which all read as training images. Keep one of them there.`,
    );
  }
  const train = partOf(trains[0]!, where);
  const notices = noticesOf(train, where);
  const beside = root.folders.filter((folder) => folder !== trains[0]);
  if (!saysTraining(root, trains[0]!)) {
    notices.push(`${join(where, trains[0]!.name)}/ is trained on, by the names of what lies beside it.`);
  }
  const evaluated = beside
    .filter(({ name }) => isEvaluated(roles.get(name)))
    .toSorted((a, b) => validationRank(a.name) - validationRank(b.name));
  const hasLabels = (folder: Tree): boolean => tabled.has(folder.name) || isLabelled(folder, train.tree);
  const chosen = evaluated.find((folder) => roles.get(folder.name) === 'validation' || hasLabels(folder));
  const unused = beside.filter((folder) => folder !== chosen && hasImages(folder));

  const strays = unused.filter(({ name }) => roles.get(name) === null);
  if (chosen === undefined && strays.length > 0) throw ambiguous(root, trains[0]!, strays, where);
  for (const folder of unused)
    notices.push(unusedNotice(folder, roles.get(folder.name), hasLabels(folder), chosen ?? null, where));
  if (root.images.length > 0)
    notices.push(looseNotice(root.images, where, `${trains[0]!.name}/ and what belongs to it`));
  const listed = chosen === undefined ? null : (tabled.get(chosen.name) ?? listedPart(chosen, train));
  if (chosen !== undefined && listed === null) refuseUnlabelled(chosen, trains[0]!, where);
  const validation = chosen === undefined ? null : (listed ?? partOf(chosen, where));
  if (validation !== null) notices.push(...noticesOf(validation, where));
  return { kind: 'read', train, validation, notices };
}

function noticesOf(part: Part, where: string): string[] {
  const { by, path } = part;
  if (typeof by === 'object' && 'classes' in by)
    return [`The classes of ${join(where, path)} are those of ${join(where, by.table)}.`];
  return by === 'folders' ? classNotices(part, where) : [];
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
  if (list === undefined || isLabelled(folder, train.tree)) return null;
  return { tree, path, by: { list } };
}
