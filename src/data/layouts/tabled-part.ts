import { join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type ImageIndex, imageIndex } from '../files/image-index.ts';
import { readTable, TABLE_NAME } from '../files/table-rows.ts';
import type { Tree } from '../files/tree.ts';
import { labelAmong } from './class-name.ts';
import { labelTable } from './label-table.ts';
import type { Part } from './reading.ts';
import { refusal } from './refusals.ts';
import { rolesOf } from './roles.ts';
import { tablesText } from './table-notices.ts';
import type { Share } from './table-split.ts';
import { candidatesIn, isSubmission, pruned, shareOfTable, tablesIn } from './tabled.ts';
import { classesIn, hasImages, isLabelled, unwrapped } from './tree-looks.ts';

/** What a table says of all images of a folder. */
export interface Listing {
  readonly table: string;
  readonly classes: ReadonlyMap<string, string>;
}

/**
 * Folders for measuring that say no classes, beside a folder for training that does: `Test/` and `Test.csv` beside it or in it, as
 * GTSRB has them. By their names.
 *
 * @throws GradsocketError where a table leaves an image for validation without a class, or gives it two.
 */
export async function tabledParts(root: Tree, where: string): Promise<ReadonlyMap<string, Part>> {
  const parts = new Map<string, Part>();
  const roles = rolesOf(root.folders.map(({ name }) => name));
  const [train, ...more] = root.folders.filter(({ name }) => roles.get(name) === 'train');
  if (train === undefined || more.length > 0) return parts;
  const trained = unwrapped(train, '').tree;
  for (const folder of root.folders.filter(hasImages)) {
    const role = roles.get(folder.name);
    if ((role !== 'validation' && role !== 'test') || isLabelled(folder, trained)) continue;
    const listing = await listingOf(root, folder, role, where).catch((error: unknown) => {
      // A test without labels is common: no table near it is in the way of training.
      if (role === 'test' && error instanceof GradsocketError && error.exitCode === EXIT.badData) return null;
      throw error;
    });
    if (listing === null) continue;
    const isKnown = [...listing.classes.values()].every((name) => labelAmong(classesIn(trained), name) !== -1);
    if (role === 'test' && !isKnown) continue;
    const path = `${folder.name}/`;
    const tree = pruned(folder, path, new Set(listing.classes.keys()), new Set());
    parts.set(folder.name, { tree, path, by: listing });
  }
  return parts;
}

async function listingOf(root: Tree, folder: Tree, role: Share, where: string): Promise<Listing | null> {
  const path = `${folder.name}/`;
  const files = [...candidatesIn(folder, path, role)].map(({ file }) => file);
  const inside = [...tablesIn(folder, path, path)].map(({ file }) => file);
  const beside = root.others.filter((name) => TABLE_NAME.test(name) && shareOfTable(name) === role);
  return listingBy([...inside, ...beside], files, where, (rows) => rows);
}

type Rows = readonly (readonly string[])[];

/**
 * What the only one of the tables that names these images says of them; `meant`: the lines of a table that may be about them. Null:
 * none names them.
 *
 * @throws GradsocketError
 */
export async function listingBy(
  tables: readonly string[],
  files: readonly string[],
  where: string,
  meant: (rows: Rows, table: string, index: ImageIndex) => Rows,
): Promise<Listing | null> {
  const index = imageIndex(files);
  const found: Listing[] = [];
  for (const table of tables.filter((name) => !isSubmission(name))) {
    const rows = await readTable(join(where, table));
    const said = rows && labelTable(meant(rows, table, index), index, join(where, table), true);
    if (said === null) continue;
    found.push({ table, classes: new Map([...said.images].map(([file, { className }]) => [file, className])) });
  }
  const [only, ...others] = found;
  if (only === undefined) return null;
  if (others.length > 0) {
    const all = tablesText(
      found.map(({ table }) => table),
      where,
    );
    throw refusal(`${all} all say classes of the same images. Keep one of them there.`);
  }
  const unlisted = files.find((file) => !only.classes.has(file));
  if (unlisted === undefined) return only;
  throw refusal(`${join(where, unlisted)} has no class: ${join(where, only.table)} does not list it. Add it there.`);
}
