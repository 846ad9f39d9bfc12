import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Flags of a run that does nothing but steps, and goes on until it is ended. */
export const ENDLESS = ['--epochs', '1000000', '--eval-every', '100000', '--checkpoint-every', '1000000'];

/** The steps of a run so far, as metrics.jsonl has them: within a second after they were done. @param {string} runDir */
export function stepsOf(runDir) {
  const lines = readFileSync(join(runDir, 'metrics.jsonl'), 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'step');
}

/**
 * Images a second in the steps that ended between two times.
 * @param {ReturnType<typeof stepsOf>} steps @param {number} from milliseconds since 1970 @param {number} until
 */
export function imagesPerSecond(steps, from, until) {
  const within = steps.filter(({ time }) => Date.parse(time) >= from && Date.parse(time) <= until);
  const sum = (/** @type {'samples' | 'seconds'} */ key) => within.reduce((total, step) => total + step[key], 0);
  return sum('samples') / sum('seconds');
}

/** @param {readonly number[]} some */
export function median(some) {
  return some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? Number.NaN;
}
