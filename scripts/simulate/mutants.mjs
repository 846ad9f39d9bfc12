// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One line of the protocol, broken: `from` occurs once in `file`.
 * @typedef {{ readonly name: string, readonly file: string, readonly from: string, readonly to: string }} Mutant
 */

/** @type {readonly Mutant[]} */
export const MUTANTS = [
  {
    name: 'frames of an older generation are taken',
    file: 'src/collective/participant.ts',
    from: 'if (head.generation !== this.group.generation) {',
    to: 'if (false) {',
  },
];

/** Changes `mutant` in a copy of the sources. */
export function mutate(/** @type {string} */ root, /** @type {Mutant} */ { name, file, from, to }) {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${name}: ${JSON.stringify(from)} is not once in ${file}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
