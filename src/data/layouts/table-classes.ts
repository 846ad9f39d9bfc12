/** The likeliest first. */
const CLASS = [
  /^(?:(?:image|true)[ _-]?)?(?:class|label|category|target)(?:[ _-]?(?:name|id|text))?$/i,
  /^(?:breed|species|diagnosis|dx|variety|disease|grade|level)(?:[ _-]?(?:name|id))?$/i,
];
/** A number and a name may stand beside each other. */
const CLASS_NAME = /(?:name|text)$/i;
/** Columns of tables that say more of an image than one class. */
const MORE =
  /^(?:x|y|w|h|[xy]\d|[xy][ _-]?(?:min|max)|left|top|right|bottom|.*b(?:ound(?:ing)?[ _-]?)?box.*|.*(?:captions?|rle|pixels))$/i;
/** These may, or not. */
const MAYBE_MORE = /^.*(?:tags|labels)$/i;
const SEVERAL = /\S[\s,;|]+\S/;

/**
 * The class of a line. `others`: columns that name no image. Null: no column says it, or nobody knows which.
 */
export function classesOfRows(
  head: readonly string[] | null,
  rows: readonly (readonly string[])[],
  others: readonly number[],
): ((row: readonly string[]) => string) | null {
  const titles = head ?? [];
  const isMore = (title: string, column: number): boolean =>
    MORE.test(title) || (MAYBE_MORE.test(title) && rows.some((row) => SEVERAL.test(row[column]!)));
  if (titles.some(isMore)) return null;
  const column = others.length === 1 ? others[0]! : titled(titles, others);
  if (column !== null) return (row) => row[column]!.trim();
  return oneHot(titles, rows, others);
}

/** The column whose title says so. Null: none, or several. */
function titled(titles: readonly string[], others: readonly number[]): number | null {
  for (const name of CLASS) {
    const found = others.filter((column) => name.test(titles[column] ?? ''));
    if (found.length === 0) continue;
    const [only, ...more] = found.length > 1 ? found.filter((column) => CLASS_NAME.test(titles[column]!)) : found;
    return only === undefined || more.length > 0 ? null : only;
  }
  return null;
}

/** A column for each class, a one in one of them. Null: it is not so. */
function oneHot(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  others: readonly number[],
): ((row: readonly string[]) => string) | null {
  const bits = others.filter(
    (column) => titles[column] && rows.every((row) => /^\s*(?:[01](?:\.0*)?)\s*$/.test(row[column]!)),
  );
  const ones = (row: readonly string[]): readonly number[] => bits.filter((column) => Number(row[column]) === 1);
  if (bits.length < 2 || rows.some((row) => ones(row).length !== 1)) return null;
  return (row) => titles[ones(row)[0]!]!;
}
