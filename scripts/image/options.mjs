// @ts-check
// The command line of `npm run image`.
import { parseArgs } from 'node:util';

export const VARIANTS = /** @type {const} */ (['cpu', 'slim', 'cuda']);
export const TOOLS = /** @type {const} */ (['docker', 'podman', 'buildah']);

/**
 * @typedef {(typeof VARIANTS)[number]} Variant
 * @typedef {(typeof TOOLS)[number]} Tool
 * @typedef {{
 *   variant: Variant,
 *   base: string | null,
 *   tag: string | null,
 *   tool: Tool | null,
 *   ca: string | null,
 *   node: string,
 *   hostNetwork: boolean,
 *   confined: boolean,
 * }} ImageOptions
 */

const OPTIONS = /** @type {const} */ ({
  variant: { type: 'string', default: 'cpu' },
  base: { type: 'string' },
  tag: { type: 'string' },
  tool: { type: 'string' },
  ca: { type: 'string' },
  node: { type: 'string', default: '20' },
  'host-network': { type: 'boolean', default: false },
  confined: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});

export function imageHelp() {
  return `npm run image -- [options]

  --variant cpu|slim|cuda  cpu: with TensorFlow (default); slim: WebAssembly alone; cuda: with TensorFlow and CUDA
  --base IMAGE             what it is built on: Debian with Node 20.19 or newer, npm and apt; default: node:20-bookworm-slim
  --base mmdebstrap        builds that base here, from Debian's packages and npm's of Node, where no image registry is reached
  --node MAJOR             which Node that base gets: 20 (default), 22 or 24
  --tag NAME               default: gradsocket:<version>-<variant>
  --tool TOOL              docker, podman or buildah; default: the first of them that works
  --ca FILE                certificates that the package registries are checked with, beyond the usual ones
  --host-network           builds in the network of this machine, for those whose containers reach no registry
  --confined               for podman and buildah inside a container or a small virtual machine that may not raise its limits
                           and has version 2 of cgroups mounted beside version 1: runs them in a mount namespace without it`;
}

/**
 * @param {readonly string[]} args
 * @returns {{ kind: 'build', options: ImageOptions } | { kind: 'help' } | { kind: 'wrong', why: string }}
 */
export function imageOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }));
  } catch (error) {
    return { kind: 'wrong', why: `${firstSentence(error)}.` };
  }
  if (values.help) return { kind: 'help' };
  const variant = VARIANTS.find((name) => name === values.variant);
  if (variant === undefined) return unknown('--variant', values.variant, VARIANTS);
  const tool = TOOLS.find((name) => name === values.tool) ?? null;
  if (values.tool !== undefined && tool === null) return unknown('--tool', values.tool, TOOLS);
  if (!['20', '22', '24'].includes(values.node)) return unknown('--node', values.node, ['20', '22', '24']);
  const empty = /** @type {const} */ (['base', 'tag', 'ca']).find((name) => values[name] === '');
  if (empty !== undefined) return { kind: 'wrong', why: `--${empty} is empty.` };
  return {
    kind: 'build',
    options: {
      variant,
      base: values.base ?? null,
      tag: values.tag ?? null,
      tool,
      ca: values.ca ?? null,
      node: values.node,
      hostNetwork: values['host-network'],
      confined: values.confined,
    },
  };
}

/** @param {string} flag @param {string} value @param {readonly string[]} known @returns {{ kind: 'wrong', why: string }} */
function unknown(flag, value, known) {
  return { kind: 'wrong', why: `${flag} ${value} is none of ${known.join(', ')}.` };
}

/** @param {unknown} error */
function firstSentence(error) {
  return (error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '';
}
