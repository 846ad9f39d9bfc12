// @ts-check
// The command line of `npm run deploy:try`: its own flags, and those of `npm run image`.
import { parseArgs } from 'node:util';
import { imageHelp, imageOptions } from '../image/options.mjs';

/**
 * @typedef {{
 *   podmanRoot: string | null,
 *   ready: string | null,
 *   keep: boolean,
 *   tls: boolean,
 *   image: import('../image/options.mjs').ImageOptions,
 * }} TryOptions
 */

export function tryHelp() {
  return `npm run deploy:try -- [options]

  --podman-root FOLDER     where podman is older than 5 (as root): a Debian root with podman 5, made there by mmdebstrap if it is not
                           there yet, and podman 5 run in it
  --image NAME             tries an image that is there instead of building one
  --tls                    plays what \`gradsocket manifest --tls-secret\` prints: all connections are encrypted
  --keep                   leaves pods and volumes as they are at the end

and what \`npm run image\` takes; the variant is slim unless it is named:

${imageHelp().split('\n').slice(2).join('\n')}`;
}

const OWN = /** @type {const} */ ({
  'podman-root': { type: 'string' },
  image: { type: 'string' },
  keep: { type: 'boolean', default: false },
  tls: { type: 'boolean', default: false },
});

/**
 * @param {readonly string[]} args
 * @returns {{ kind: 'try', options: TryOptions } | { kind: 'help' } | { kind: 'wrong', why: string }}
 */
export function tryOptions(args) {
  const { values, tokens } = parseArgs({ args: [...args], options: OWN, strict: false, tokens: true });
  const own = new Set();
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in OWN)) continue;
    own.add(token.index);
    if (token.value !== undefined && !token.inlineValue) own.add(token.index + 1);
  }
  const rest = args.filter((_, index) => !own.has(index));
  for (const name of /** @type {const} */ (['podman-root', 'image'])) {
    const value = values[name];
    if (value === true || value === '') return { kind: 'wrong', why: `--${name} takes a value.` };
  }
  const image = imageOptions(['--variant', 'slim', ...rest]);
  if (image.kind !== 'build') return image;
  if (image.options.variant === 'cuda')
    return { kind: 'wrong', why: '--variant cuda needs a GPU: slim and cpu can be tried.' };
  return {
    kind: 'try',
    options: {
      podmanRoot: /** @type {string | undefined} */ (values['podman-root']) ?? null,
      ready: /** @type {string | undefined} */ (values.image) ?? null,
      keep: values.keep === true,
      tls: values.tls === true,
      image: image.options,
    },
  };
}
