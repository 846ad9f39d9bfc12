import { roleOf, saysNothing } from './roles.ts';

/** `cat.12.jpg`, whatever the ending, or none. */
const IN_NAME = /^(.+?)\.\d+(?:\.[^.]+)?$/s;

/** The class that a file's name begins with; null: none. */
export function classInName(file: string): string | null {
  return IN_NAME.exec(file)?.[1] ?? null;
}

/** `american_bulldog_12.jpg`, `cat-12.jpg`, `cat (12).jpg`: a name that ends in a digit may be a date or a number of a camera. */
const NUMBERED = /^(.*[^\d\s_-])[\s_-]+\(?(\d+)\)?(\.[^.]+)?$/s;

/**
 * The class of each of a folder's files, where all names say one. A single `photo_12.jpg` would say little: names without a
 * dot before the number say classes together, where there are two at least and none is a word such as `image` or `test`.
 * Null: they say none.
 */
export function classesInNames(files: readonly string[]): readonly string[] | null {
  const dotted = files.flatMap((file) => classInName(file) ?? []);
  if (dotted.length === files.length) return dotted;
  const numbered = files.flatMap((file) => NUMBERED.exec(file)?.[1] ?? []);
  const classes = new Set(numbered);
  if (numbered.length < files.length || classes.size < 2) return null;
  return [...classes].every((name) => roleOf(name) === null && !saysNothing(name)) ? numbered : null;
}

/** How such a name would say its class by itself: `cat.12.jpg`. Null: it is none. */
export function dottedName(file: string): string | null {
  const [, name, number, ending = ''] = NUMBERED.exec(file) ?? [];
  return name === undefined ? null : `${name}.${number}${ending}`;
}

/**
 * The label of a class by its name; -1: none has it. Systems store one name in two ways (Unicode NFC and NFD), and copying
 * between them shows: where exactly one class has the name in the other way, it is that one.
 */
export function labelAmong(classes: readonly string[], name: string): number {
  const exact = classes.indexOf(name);
  if (exact !== -1) return exact;
  const alike = classes.filter((known) => known.normalize() === name.normalize());
  return alike.length === 1 ? classes.indexOf(alike[0]!) : -1;
}
