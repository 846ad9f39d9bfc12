const NAMED = 3;

/** The first few of many names, for sentences. */
export function someOf(names: readonly string[]): string {
  const more = names.length > NAMED ? `, ... ${names.length} in all` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
