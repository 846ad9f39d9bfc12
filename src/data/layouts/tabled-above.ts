import { basename, dirname, join, resolve } from 'node:path';
import { listFolder } from '../files/folder.ts';
import { type ImageIndex, imageNamed } from '../files/image-index.ts';
import { unlessAway } from '../files/read-again.ts';
import { TABLE_NAME } from '../files/table-rows.ts';
import type { Tree } from '../files/tree.ts';
import { classesInNames } from './class-name.ts';
import type { Reading } from './reading.ts';
import { roleOf } from './roles.ts';
import { candidatesIn, pruned, shareOfTable } from './tabled.ts';
import { listingBy } from './tabled-part.ts';
import { hasImages, isEvaluated } from './tree-looks.ts';

/**
 * A folder that is given alone, whose images say no classes, and a table in the folder above does: `eval --data gtsrb/Test`.
 * Null: none does.
 *
 * @throws GradsocketError
 */
export async function tabledAbove(tree: Tree, where: string): Promise<Extract<Reading, { kind: 'read' }> | null> {
  if (tree.images.length === 0 || tree.folders.some(hasImages) || classesInNames(tree.images) !== null) return null;
  const own = resolve(where);
  const listed = await listFolder(dirname(own)).catch(unlessAway(null));
  const tables = listed?.files.filter((name) => TABLE_NAME.test(name)) ?? [];
  const path = `${basename(own)}/`;
  const files = [...candidatesIn(tree, path, null)].map(({ file }) => file);
  const above = join(where, '..');
  const listing = await listingBy(tables, files, above, (rows, table, index) => {
    const isFor = isMeantFor(table, path);
    return rows.filter((row) => mayBeAbout(row, index, isFor));
  });
  if (listing === null) return null;
  const classes = new Map([...listing.classes].map(([file, name]) => [file.slice(path.length), name]));
  return {
    kind: 'read',
    train: { tree: pruned(tree, '', new Set(classes.keys()), new Set()), path: '', by: { ...listing, classes } },
    validation: null,
    notices: [`The classes are those of ${join(above, listing.table)}.`],
  };
}

/** `1.jpg` in `labels.csv` is that of `train/`, in `test.csv` that of `test/`. */
function isMeantFor(table: string, path: string): boolean {
  const [share, role] = [shareOfTable(table), roleOf(path)];
  return isEvaluated(role) ? share === role : !isEvaluated(share);
}

/** `train/1.jpg` is never `test/1.jpg`. */
function mayBeAbout(row: readonly string[], index: ImageIndex, isFor: boolean): boolean {
  const named = row.flatMap((value) => {
    const found = imageNamed(index, value);
    return found === null ? [] : [{ ...found, isPath: /[\\/]/.test(value.trim()) }];
  });
  return named.length === 0 || named.some(({ parts, isPath }) => (isPath ? parts > 1 : isFor));
}
