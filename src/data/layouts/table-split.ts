import { type Role, roleOf } from './roles.ts';

/** What an image is for. */
export type Share = Exclude<Role, 'side'>;

interface SplitColumn {
  readonly title: string;
  readonly column: number;
  readonly isRead: boolean;
  /** Null: the line does not say. */
  readonly shareOf: (row: readonly string[]) => Share | null;
}

const NAMES = /^(?:data(?:set)?[ _-]?)?(?:split|set|subset|fold|part|partition|usage|phase|type)$/i;
const IS = /^is[ _-]?(train|val|test)(?:ing|id|idation)?$/i;
const YES = /^(?:1|1\.0|true|yes|y|t)$/i;
const NO = /^(?:0|0\.0|false|no|n|f|)$/i;

/** The column that says which images are for what: in words, or `is_valid` and the like. Null: there is none. */
export function splitOf(head: readonly string[], rows: readonly (readonly string[])[]): SplitColumn | null {
  const column = head.findIndex((title) => IS.test(title) || NAMES.test(title));
  const title = head[column];
  if (title === undefined) return null;
  const [, is] = IS.exec(title) ?? [];
  const meaning = is === undefined ? shareNamed : shareIf(is.toLowerCase());
  const values = [...new Set(rows.map((row) => row[column]!.trim()))];
  const shares = new Map(values.map((value) => [value, value === '' ? null : meaning(value)]));
  const isRead = values.every((value) => value === '' || shares.get(value) !== null);
  // `type` says as much of other things.
  if (!isRead && /^type$/i.test(title)) return null;
  return { title, column, isRead, shareOf: (row) => (isRead ? shares.get(row[column]!.trim())! : null) };
}

function shareNamed(value: string): Share | null {
  const role = roleOf(value);
  return role === 'side' ? null : role;
}

function shareIf(word: string): (value: string) => Share | null {
  const [yes, no]: readonly Share[] =
    word === 'train' ? ['train', 'validation'] : word === 'val' ? ['validation', 'train'] : ['test', 'train'];
  return (value) => (YES.test(value) ? yes! : NO.test(value) ? no! : null);
}
