// @ts-check
// The options of a script, from its command line or, where somebody forgot the two dashes, from npm.
import { parseArgs } from 'node:util';
import { npmWords } from './npm-words.mjs';
import { checkNode } from './prepare.mjs';
import { fail } from './say.mjs';

/**
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} T
 * @param {T} options as parseArgs takes them
 */
export function optionsOf(options) {
  checkNode();
  const given = process.argv.slice(2);
  const names = Object.keys(options);
  const args = [...npmWords((name) => (names.includes(name) ? name : null), process.env, given), ...given];
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    const [sentence = ''] = /** @type {Error} */ (error).message.split('. ');
    return fail(`${sentence}. The options are ${names.map((name) => `--${name}`).join(', ')}, after two dashes.`);
  }
}
