import { join } from 'node:path';
import { someOf } from '../files/some.ts';
import type { Tree } from '../files/tree.ts';
import { classInName } from './class-name.ts';
import { looseNotice } from './left-out.ts';
import { refusal } from './refusals.ts';
import { roleOf, rolesOf, saysNothing } from './roles.ts';
import { hasImages, haveSameFolders, isEvaluated, isPlain } from './tree-looks.ts';

/** What to know of a folder of class folders; refuses where images or folders in it have no clear class. */
export function classNotices({ tree, path }: { readonly tree: Tree; readonly path: string }, where: string): string[] {
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

/** The first one that lies deeper than in the folder itself. */
function nestedImage(folder: Tree): string | null {
  for (const below of folder.folders) {
    const image = below.images[0];
    const found = image === undefined ? nestedImage(below) : `${below.name}/${image}`;
    if (found !== null) return `${folder.name}/${found}`;
  }
  return null;
}
