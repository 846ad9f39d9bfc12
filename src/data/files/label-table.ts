import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** A table that says of each image what it is: `file,label`, with or without that line, with or without the endings of the names. */
export interface LabelTable {
  /** Classes by the names of images. */
  readonly classes: ReadonlyMap<string, string>;
  /** What it lists that is none of the images. */
  readonly missing: readonly string[];
  /** The title of a column that says which images are for what; null: there is none. */
  readonly split: string | null;
}

const CLASS = /^(?:class|label|category|breed|species|target|diagnosis)(?:[ _-]?(?:name|id))?$/i;
/** A number and a name may stand beside each other. */
const CLASS_NAME = /name$/i;
/** Columns of tables that say more of an image than one class. */
const MORE =
  /^(?:x|y|w|h|[xy]\d|[xy][ _-]?(?:min|max)|left|top|right|bottom|.*b(?:ound(?:ing)?[ _-]?)?box.*|.*(?:captions?|tags|labels|rle|pixels))$/i;
const SPLIT = /^(?:split|set|subset|fold|part|partition|usage|is[ _-]?(?:train|val|valid|validation|test))$/i;
const ENDING = /\.(?:jpe?g|jpe|jfif|png|webp|bmp|gif|tiff?)$/i;

/**
 * What the table `name` says of `images`. Null: it says no class of each, or not surely.
 *
 * @throws GradsocketError where it gives an image two classes.
 */
export function labelTable(text: string, images: readonly string[], name: string): LabelTable | null {
  const rows = rowsOf(text);
  const byName = new Map(images.map((image) => [keyOf(image), image]));
  const [first = []] = rows;
  if (byName.size < images.length || first.length < 2 || rows.some(({ length }) => length !== first.length))
    return null;
  const named = first.map((_, column) => new Set(rows.flatMap((row) => byName.get(keyOf(row[column]!)) ?? [])).size);
  const files = named.indexOf(Math.max(...named));
  if (named[files]! * 2 < images.length) return null;
  const head = byName.has(keyOf(first[files]!)) ? null : first.map((title) => title.trim());
  const labels = labelColumn(first.length, files, head);
  if (labels === null) return null;
  const classes = new Map<string, string>();
  const missing: string[] = [];
  for (const row of head === null ? rows : rows.slice(1)) {
    const image = byName.get(keyOf(row[files]!));
    const className = row[labels]!.trim();
    const other = image === undefined ? undefined : classes.get(image);
    if (image === undefined) missing.push(row[files]!);
    else if (other !== undefined && other !== className) throw twoClasses(image, other, className, name);
    else if (className !== '') classes.set(image, className);
  }
  // As many classes as images are captions, prices or the like.
  return new Set(classes.values()).size * 2 <= classes.size
    ? { classes, missing, split: head?.find((title) => SPLIT.test(title)) ?? null }
    : null;
}

/** The column of classes: the other one of two, else the one whose title says so. Null: none, or several. */
function labelColumn(columns: number, files: number, head: readonly string[] | null): number | null {
  if (head?.some((title) => MORE.test(title))) return null;
  if (columns === 2) return 1 - files;
  const titled = (head ?? []).flatMap((title, column) => (column !== files && CLASS.test(title) ? [column] : []));
  const names = titled.filter((column) => CLASS_NAME.test(head![column]!));
  const [only, ...more] = titled.length > 1 ? names : titled;
  return only === undefined || more.length > 0 ? null : only;
}

/** Tables are made on other machines: `C:\pets\1.JPG` and `1` are the image `1.jpg`. */
function keyOf(file: string): string {
  return file
    .trim()
    .replace(/^.*[\\/]/s, '')
    .replace(ENDING, '')
    .normalize()
    .toLowerCase();
}

/** Lines of fields, which may stand in quotes, between commas, semicolons or tabs. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const head = /^.*/.exec(text)![0];
  const count = (mark: string): number => head.split(mark).length;
  const [mark] = [',', ';', '\t'].toSorted((a, b) => count(b) - count(a));
  const field = new RegExp(`"((?:[^"]|"")*)"(?=${mark}|\\r?\\n|$)|[^${mark}\\r\\n]*`, 'y');
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    field.lastIndex = at;
    const [whole, quoted] = field.exec(text)!;
    row.push(quoted?.replaceAll('""', '"') ?? whole);
    at += whole.length;
    if (text[at] === mark) {
      at++;
      if (at < text.length) continue;
      row.push('');
    }
    at += /^\r?\n?/.exec(text.slice(at, at + 2))![0].length;
    if (row.some((value) => value.trim() !== '')) rows.push(row);
    row = [];
  }
  return rows;
}

function twoClasses(image: string, one: string, other: string, table: string): GradsocketError {
  const sentence = `${table} gives ${image} two classes, ${one || 'none'} and ${other || 'none'}. Keep one of its lines there.`;
  return new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
}
