/** Where a number of steps is not given. A look costs about two fifths of a step of one worker: with four, 1.7 % of the time. */
const USUAL = 100;

/**
 * Whether the step that makes `steps` committed ones is looked into. Much happens at the beginning, so that the first, the second, the
 * fourth and so on are, up to the interval; then every so many, and the last.
 *
 * @param every a number of steps; true: the usual one; false: never
 */
export function isLookedInto(every: boolean | number, steps: number, last: number): boolean {
  if (every === false) return false;
  const interval = every === true ? USUAL : every;
  if (steps === last || steps % interval === 0) return true;
  return steps < interval && Number.isInteger(Math.log2(steps));
}
