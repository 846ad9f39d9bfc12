/** `cat.12.jpg`, whatever the ending, or none. */
const IN_NAME = /^(.+?)\.\d+(?:\.[^.]+)?$/s;

/** The class that a file's name begins with; null: none. */
export function classInName(file: string): string | null {
  return IN_NAME.exec(file)?.[1] ?? null;
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
