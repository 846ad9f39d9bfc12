// @ts-check
// `npm start --epochs=3`, without two dashes before the flags: npm takes them for settings of its own and hands them over as variables.
// What nobody else can have meant is taken as if it stood after the dashes.

const PREFIX = 'npm_config_';
/** Settings that npm has itself, under names that are also flags or words for flags of ours. */
const OF_NPM = [
  'cache',
  'ca',
  'cert',
  'color',
  'cpu',
  'include',
  'key',
  'name',
  'progress',
  'tag',
  'user',
  'verbose',
  'version',
];

/**
 * @param {(name: string) => string | null} flagOf our name of a flag, null: it is none of ours
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} given what stands after the dashes: what is there, too, is not taken
 * @returns {string[]}
 */
export function npmWords(flagOf, env, given) {
  const words = [];
  for (const [variable, value = ''] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX)) continue;
    const name = variable.slice(PREFIX.length).replaceAll('_', '-');
    const flag = OF_NPM.includes(name) ? null : flagOf(name);
    if (flag === null || given.some((word) => word === `--${flag}` || word.startsWith(`--${flag}=`))) continue;
    words.push(value === 'true' ? `--${flag}` : `--${flag}=${value === '' ? 'false' : value}`);
  }
  return words;
}
