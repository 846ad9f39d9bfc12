/** For the name of what is left out here: why; null: it is not. */
export function leftOut(why: string | null): string {
  return why === null ? '' : ` (left out: ${why})`;
}
