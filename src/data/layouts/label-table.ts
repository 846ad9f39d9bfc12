import type { GradsocketError } from '../../shared/errors.ts';
import { type ImageIndex, imageNamed } from '../files/image-index.ts';
import { refusal } from './refusals.ts';
import { classesOfRows } from './table-classes.ts';
import { type Share, splitOf } from './table-split.ts';

/** A table that says of each image what it is: `file,label`, with or without that line, with or without the endings of the names. */
export interface LabelTable {
  /** What it says of images, by their paths. */
  readonly images: ReadonlyMap<string, { readonly className: string; readonly share: Share | null }>;
  /** What it lists that is none of the images. */
  readonly missing: readonly string[];
  /** The title of a column that says which images are for what; null: there is none. */
  readonly split: { readonly title: string; readonly isRead: boolean } | null;
}

/** A line of it that names an image. */
interface Line {
  readonly image: string;
  readonly parts: number;
  readonly className: string;
  readonly share: Share | null;
  readonly value: string;
}

/** As pandas calls the numbers of lines. */
const NUMBER = /^(?:unnamed: ?\d+|index)?$/i;

/**
 * What the table `name` says of images; `isMeasured`: it is one of few that nobody trains on. Null: it says no class of each, or not surely.
 *
 * @throws GradsocketError where it gives an image two classes, or an image may be one of two.
 */
export function labelTable(
  rows: readonly (readonly string[])[],
  index: ImageIndex,
  name: string,
  isMeasured = false,
): LabelTable | null {
  const [first = []] = rows;
  if (first.length < 2 || rows.some(({ length }) => length !== first.length)) return null;
  const named = imagesByColumn(rows, index).map(({ size }) => size);
  const most = Math.max(...named);
  const files = named.indexOf(most);
  if (most === 0 || most * 2 < Math.min(rows.length - 1, index.size)) return null;
  const head = imageNamed(index, first[files]!) === null ? first.map((title) => title.trim()) : null;
  const body = head === null ? rows : rows.slice(1);
  const split = head === null ? null : splitOf(head, body);
  const others = first.flatMap((_, column) => {
    // Its number, say.
    const isName = named[column] === most || (head !== null && NUMBER.test(head[column]!));
    return isName || column === split?.column ? [] : [column];
  });
  const classOf = classesOfRows(head, body, others);
  if (classOf === null) return null;
  const lines: Line[] = [];
  const missing: string[] = [];
  for (const row of body) {
    const value = row[files]!;
    const found = imageNamed(index, value);
    if (found === null) missing.push(value);
    else if (found.image === null) throw oneOfTwo(value, name);
    else
      lines.push({ ...found, image: found.image, className: classOf(row), share: split?.shareOf(row) ?? null, value });
  }
  const images = imagesOf(lines, missing, name);
  const classes = [...images.values()].map(({ className }) => className);
  // As many classes as images are captions, prices or the like.
  if (!isMeasured && new Set(classes).size * 2 > classes.length) return null;
  return { images, missing, split: split && { title: split.title, isRead: split.isRead } };
}

/** The images that a table names in the column that names most of them, whatever else it says of them. */
export function imagesNamed(rows: readonly (readonly string[])[], index: ImageIndex): ReadonlySet<string> {
  const [most] = imagesByColumn(rows, index).toSorted((a, b) => b.size - a.size);
  return most ?? new Set();
}

/** One image counts once, however many lines name it. */
function imagesByColumn(rows: readonly (readonly string[])[], index: ImageIndex): readonly ReadonlySet<string>[] {
  const [first = []] = rows;
  return first.map((_, column) => new Set(rows.flatMap((row) => imageNamed(index, row[column] ?? '')?.image ?? [])));
}

/** `test/1.jpg` is not `train/1.jpg`, where another line names that. */
function imagesOf(lines: readonly Line[], missing: string[], name: string): LabelTable['images'] {
  const parts = new Map<string, number>();
  for (const line of lines) parts.set(line.image, Math.max(line.parts, parts.get(line.image) ?? 0));
  const images = new Map<string, Line>();
  for (const line of lines) {
    const { image, className } = line;
    const other = images.get(image);
    if (line.parts < parts.get(image)!) missing.push(line.value);
    else if (other !== undefined && other.className !== className)
      throw twoClasses(image, other.className, className, name);
    else images.set(image, line);
  }
  return new Map([...images].filter(([, { className }]) => className !== ''));
}

function twoClasses(image: string, one: string, other: string, table: string): GradsocketError {
  return refusal(
    `${table} gives ${image} two classes, ${one || 'none'} and ${other || 'none'}. Keep one of its lines there.`,
  );
}

function oneOfTwo(value: string, table: string): GradsocketError {
  return refusal(
    `${table} lists ${value}, and two images have that name. Write it with its folder and its ending there.`,
  );
}
