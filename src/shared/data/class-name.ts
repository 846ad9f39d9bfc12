/** `cat.12.jpg`, whatever the ending, or none. */
const IN_NAME = /^(.+?)\.\d+(?:\.[^.]+)?$/s;

/** The class that a file's name begins with; null: none. */
export function classInName(file: string): string | null {
  return IN_NAME.exec(file)?.[1] ?? null;
}
