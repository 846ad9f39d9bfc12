import { join } from 'node:path';
import { isImageName } from '../files/image-file.ts';
import { type ImageIndex, imageIndex } from '../files/image-index.ts';
import { imagesNamed, type LabelTable, labelTable } from './label-table.ts';
import { someOf } from '../files/some.ts';
import { readTable, TABLE_NAME } from '../files/table-rows.ts';
import type { Share } from './table-split.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import type { Part, Reading } from './reading.ts';
import { refusal } from './refusals.ts';
import { roleOf, rolesOf } from './roles.ts';
import { leftNotices, tableNotices, tablesText, unusedNotices } from './table-notices.ts';
import { hasImages, isEvaluated } from './tree-looks.ts';

const PIECE = /(?:^|[_\W])(?:part|batch|chunk|shard|piece|images?|imgs?|photos?|pictures?)(?:$|[_\W])/i;

/** An image that tables may name. */
interface Candidate {
  /** From the dataset's folder, with `/`. */
  readonly file: string;
  /** What the folders that it lies in say. */
  readonly share: Share | null;
}

interface FoundTable {
  readonly file: string;
  /** What its name says that its images are for. */
  readonly share: Share | null;
  readonly table: LabelTable;
}

/** What tables say of an image. */
interface Listed {
  readonly className: string;
  readonly share: Share | null;
  readonly table: string;
}

/**
 * Images whose classes stand in tables, which lie beside them, above them or in a folder beside theirs. The caller knows that
 * neither folders nor names say classes. What an image is for says a column, the table's name (`val.csv`) or the folder that it
 * lies in. Null: no table says a class of each.
 *
 * @throws GradsocketError
 */
export async function tabledReading(root: Tree, where: string): Promise<Extract<Reading, { kind: 'read' }> | null> {
  const candidates = [...candidatesIn(root, '', null)];
  const found: FoundTable[] = [];
  const unlabelled = new Map<string, string>();
  // There may be a table for each image, which is none of these.
  const scopes = new Map<string, Scope>();
  for (const { file, scope } of tablesIn(root, '', '')) {
    const rows = await readTable(join(where, file));
    if (rows === null) continue;
    const share = shareOfTable(file);
    const known = `${scope} ${share}`;
    const { index, isMeasured } = scopes.get(known) ?? scopeOf(candidates, scope, share);
    scopes.set(known, { index, isMeasured });
    const table = isSubmission(file) ? null : labelTable(rows, index, join(where, file), isMeasured);
    if (table !== null) found.push({ file, share, table });
    else if (share === 'test' || isSubmission(file)) {
      for (const image of imagesNamed(rows, index)) unlabelled.set(image, file);
    }
  }
  if (found.length === 0) return null;
  const tables = found.map(({ file }) => file);
  const listed = listedBy(found, candidates, where);
  const files = [...listed.keys()].toSorted();
  const of = (share: Share): readonly string[] => files.filter((file) => listed.get(file)!.share === share);
  const measured = (['validation', 'test'] as const).find((share) => of(share).length > 0) ?? null;
  const trained = files.filter((file) => !isEvaluated(listed.get(file)!.share));
  if (trained.length === 0) {
    throw refusal(
      `${tablesText(tables, where)} ${found.length === 1 ? 'lists' : 'list'} no image for training: all are for ${measured}. Pass a folder in which nothing says that.`,
    );
  }
  const kept = new Set([...listed.keys()].map(folderOf));
  for (const { file } of candidates) {
    if (listed.has(file) || unlabelled.has(file) || !kept.has(folderOf(file))) continue;
    const not = found.length === 1 ? 'does not list it' : 'do not list it';
    throw refusal(`${join(where, file)} has no class: ${tablesText(tables, where)} ${not}. Add it there.`);
  }
  const part = (ofPart: readonly string[], told: ReadonlySet<string>): Part => ({
    tree: pruned(root, '', new Set(ofPart), told),
    path: '',
    by: { table: found[0]!.file, classes: new Map(ofPart.map((file) => [file, listed.get(file)!.className])) },
  });
  return {
    kind: 'read',
    train: part(trained, new Set()),
    validation: measured === null ? null : part(of(measured), new Set(trained.map(folderOf))),
    notices: [
      `The classes are those of ${tablesText(tables, where)}.`,
      ...found.flatMap(({ table }) => tableNotices(table, found.length === 1 ? 'it' : 'one')),
      ...unusedNotices(
        measured === 'validation' ? of('test').length : 0,
        [...unlabelled].filter(([file]) => !listed.has(file) && kept.has(folderOf(file))),
      ),
      ...leftNotices(root, '', kept, where),
    ],
  };
}

/** With its folders for measuring; masks and the like are none, whose files often have the names of others. */
export function* candidatesIn(folder: Tree, path: string, share: Share | null): Generator<Candidate> {
  const odd = [...folder.odd.keys()].filter((name) => isOddImage(folder, name));
  for (const image of [...folder.images, ...odd]) yield { file: `${path}${image}`, share };
  const roles = rolesOf(folder.folders.map(({ name }) => name));
  for (const below of folder.folders) {
    const role = roles.get(below.name) ?? null;
    if (role !== 'side') yield* candidatesIn(below, `${path}${below.name}/`, role ?? share);
  }
}

/** What cannot be read and is meant as an image, for all that is known. */
function isOddImage({ odd }: Tree, name: string): boolean {
  return isImageName(name) || (odd.get(name)!.kind === 'file' && !TABLE_NAME.test(name));
}

/** Each table, with the folder whose images it may name: its own, or the next one above that holds any. */
export function* tablesIn(
  folder: Tree,
  path: string,
  above: string,
): Generator<{ readonly file: string; readonly scope: string }> {
  const scope = hasImages(folder) ? path : above;
  for (const name of folder.others.filter((other) => TABLE_NAME.test(other))) yield { file: `${path}${name}`, scope };
  for (const below of folder.folders) yield* tablesIn(below, `${path}${below.name}/`, scope);
}

/** The images that a table in a place may name. */
interface Scope {
  readonly index: ImageIndex;
  readonly isMeasured: boolean;
}

function scopeOf(candidates: readonly Candidate[], path: string, share: Share | null): Scope {
  const below = candidates.filter(({ file }) => file.startsWith(path));
  const files = (found: readonly Candidate[]): readonly string[] => found.map(({ file }) => file);
  const own = isEvaluated(share) ? below.filter((image) => image.share === share) : [];
  if (own.length > 0) return { index: imageIndex(files(own)), isMeasured: true };
  const measured = below.filter((image) => isEvaluated(image.share));
  const others = below.filter((image) => !isEvaluated(image.share));
  return {
    index: imageIndex(files(others), files(measured)),
    isMeasured: isEvaluated(share) || others.length === 0,
  };
}

/** `val.csv`, `trainLabels.csv`, `Task3_Test_GroundTruth.csv`. */
export function shareOfTable(file: string): Share | null {
  const words = file
    .slice(file.lastIndexOf('/') + 1)
    .replace(TABLE_NAME, '')
    .split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u);
  const roles = words.map(roleOf).filter((role): role is Share => role !== null && role !== 'side');
  const [only, ...more] = new Set(roles);
  return only === undefined || more.length > 0 ? null : only;
}

/** Kaggle's lists what is to be found out. */
export function isSubmission(file: string): boolean {
  return /submission|sample_?sub/i.test(file);
}

/** `HAM10000_images_part_1/` beside `HAM10000_images_part_2/`: names of classes only where no table says others. */
export function arePieces({ folders }: Tree): boolean {
  const full = folders.filter(hasImages);
  const names = new Set(full.map(({ name }) => name.replace(/\d+/g, '')));
  return full.length > 1 && names.size === 1 && PIECE.test([...names][0]!);
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

function listedBy(
  found: readonly FoundTable[],
  candidates: readonly Candidate[],
  where: string,
): ReadonlyMap<string, Listed> {
  const shares = new Map(candidates.map(({ file, share }) => [file, share]));
  const listed = new Map<string, Listed>();
  for (const { file: table, share: ofTable, table: said } of found) {
    for (const [file, { className, share }] of said.images) {
      if (listed.has(file)) {
        const both = someOf([listed.get(file)!.table, table]);
        throw refusal(`${where} holds ${both}, which all say classes of its images. Keep one of them there.`);
      }
      listed.set(file, { className, share: share ?? ofTable ?? shares.get(file)!, table });
    }
  }
  return listed;
}

/** The tree with these images in it and nothing else but, where that was not told before, what lies beside them. */
export function pruned(folder: Tree, path: string, keep: ReadonlySet<string>, told: ReadonlySet<string>): Tree {
  const isKept = (name: string): boolean => keep.has(`${path}${name}`);
  const images = folder.images.filter(isKept);
  const odd = [...folder.odd].filter(([name]) => (isOddImage(folder, name) ? isKept(name) : !told.has(path)));
  const folders = folder.folders.map((below) => pruned(below, `${path}${below.name}/`, keep, told));
  return {
    ...folder,
    images,
    odd: new Map(odd),
    others: images.length > 0 && !told.has(path) ? folder.others.filter((name) => !TABLE_NAME.test(name)) : [],
    folders: folders.filter((below) => imagesBelow(below) + below.odd.size > 0),
  };
}
