import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** A word in quotes whose variable is not set is there, and empty: as a path it would be the folder that the shell is in, or none. */
export function refuseEmptyWords(
  command: string,
  names: readonly string[],
  given: Readonly<Record<string, unknown>>,
): void {
  const empty = names.find((name) => [given[name]].flat().includes(''));
  if (empty === undefined) return;
  throw new GradsocketError(
    'EMPTY_WORD',
    EXIT.usage,
    `${command}: ${empty.toUpperCase()} is empty, as where a variable of the shell is not set. Name it.`,
  );
}
