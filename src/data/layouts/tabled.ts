import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { markLength } from '../../shared/text-of-bytes.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import { plural } from '../../shared/plural.ts';
import { type LabelTable, labelTable } from '../files/label-table.ts';
import { diskPath, nameFromBytes } from '../files/path-bytes.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { someOf } from '../files/some.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import type { Reading } from './reading.ts';
import { roleOf } from './roles.ts';

const TABLE = /\.(?:csv|tsv)$/i;
/** What is longer is no list of images. */
const MOST_BYTES = 2 ** 26;

/**
 * Images whose classes stand in a table, which lies beside them or beside the folders that they lie in. The caller knows that
 * neither folders nor names say classes. Null: no table says a class of each.
 *
 * @throws GradsocketError
 */
export async function tabledReading(root: Tree, where: string): Promise<Extract<Reading, { kind: 'read' }> | null> {
  const found: { readonly file: string; readonly tree: Tree; readonly table: LabelTable }[] = [];
  for (const { folder, path } of foldersOf(trained(root), '')) {
    for (const name of folder.others.filter((other) => TABLE.test(other) && !isMeasured(other))) {
      const file = `${path}${name}`;
      const text = await textOf(join(where, file));
      const table = text === null ? null : labelTable(text, imagesOf(folder), join(where, file));
      if (table === null) continue;
      const isListed = (image: string): boolean => table.classes.has(image);
      found.push({ file, table, tree: within(root, path, pruned(folder, isListed)) });
    }
  }
  const [first, ...more] = found;
  if (first === undefined) return null;
  if (more.length > 0) {
    const sentence = `${where} holds ${someOf(found.map(({ file }) => file))}, which all say classes of its images. Keep one of them there.`;
    throw new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
  }
  const { file, tree, table } = first;
  const notices = [`The classes are those of ${join(where, file)}.`];
  if (table.missing.length > 0) {
    notices.push(
      `${plural(table.missing.length, 'line')} of it ${table.missing.length === 1 ? 'names' : 'name'} no image that is trained on: ${someOf(table.missing)}.`,
    );
  }
  if (table.split !== null) {
    notices.push(
      `Its column ${table.split} is not read: all images of it count as training images, some of which are held out. For another split, put them into train/ and val/, with a folder for each class.`,
    );
  }
  const left = root.folders.filter(({ name }) => !tree.folders.some((kept) => kept.name === name));
  for (const folder of left.filter((other) => imagesBelow(other) > 0)) notices.push(leftNotice(folder, where));
  const train = { tree, path: '', by: { table: file, classes: table.classes } };
  return { kind: 'read', train, validation: null, notices };
}

function leftNotice(folder: Tree, where: string): string {
  const path = join(where, folder.name);
  const predict =
    roleOf(folder.name) === 'side' ? '' : ` \`gradsocket predict RUN ${path}\` classifies them after training.`;
  return `${path}/ is not trained on: ${plural(imagesBelow(folder), 'image')} not used.${predict}`;
}

/** `test.csv`, `sample_submission.csv`: not of what is trained on. */
function isMeasured(file: string): boolean {
  const role = roleOf(file.replace(TABLE, ''));
  return role === 'test' || role === 'validation' || /submission/i.test(file);
}

function* foldersOf(folder: Tree, path: string): Generator<{ readonly folder: Tree; readonly path: string }> {
  yield { folder, path };
  for (const below of folder.folders) yield* foldersOf(below, `${path}${below.name}/`);
}

/** Without folders for measuring, and masks and the like: their files often have the names of others. */
function trained(folder: Tree): Tree {
  const folders = folder.folders.filter(({ name }) => roleOf(name) === null || roleOf(name) === 'train');
  return { ...folder, folders: folders.map(trained) };
}

/** Without the images that lie in folders of which none is meant. */
function pruned(folder: Tree, isMeant: (image: string) => boolean): Tree {
  const images = folder.images.some(isMeant) ? folder.images : [];
  const folders = folder.folders.map((below) => pruned(below, isMeant)).filter((below) => imagesBelow(below) > 0);
  return { ...folder, images, folders };
}

/** The root with nothing in it but what lies at `path`. */
function within(root: Tree, path: string, tree: Tree): Tree {
  if (path === '') return tree;
  const name = path.slice(0, path.indexOf('/'));
  const below = root.folders.find((folder) => folder.name === name)!;
  return { ...root, images: [], others: [], folders: [within(below, path.slice(name.length + 1), tree)] };
}

function imagesOf({ images, folders }: Tree): readonly string[] {
  return [...images, ...folders.flatMap(imagesOf)];
}

/** Null: it cannot be read, or is too long. */
async function textOf(path: string): Promise<string | null> {
  try {
    if ((await stat(diskPath(path))).size > MOST_BYTES) return null;
    const bytes = await readRegularFile(path);
    // As names of files are, which it lists.
    return nameFromBytes(bytes.subarray(markLength(bytes)));
  } catch (error) {
    if (exhausted(error) !== null) throw error;
    return null;
  }
}
