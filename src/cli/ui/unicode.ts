type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a terminal shows more than ASCII; one that says nothing about it is taken to. */
export function showsUnicode(environment: Environment): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return locale === '' || /utf-?8/i.test(locale);
}

/** A line with a bar, as the terminal can show it. */
export function shownIn(environment: Environment, line: string): string {
  return showsUnicode(environment) ? line : line.replaceAll('━', '=').replaceAll('─', '-');
}
