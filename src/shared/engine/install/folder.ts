import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { homePath } from '../../home-path.ts';
import { PINS, TENSORFLOW_VERSION, type Variant } from './pins.ts';

/** Where everything that is fetched or built lives: outside node_modules, which npm empties as it likes. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  const own = env['GRADSOCKET_CACHE'];
  if (own !== undefined && own !== '') return resolve(homePath(own, env));
  const home = env['XDG_CACHE_HOME'];
  // The XDG specification: a relative path is to be ignored.
  const base = home !== undefined && isAbsolute(home) ? home : join(env['HOME'] || homedir(), '.cache');
  return join(base, 'gradsocket');
}

/** Raised when what setup builds changes while the versions do not. */
const LAYOUT = 2;

/** One folder for each set of versions, so that an upgrade never meets what an older version left. */
export function installFolder(root: string, variant: Variant): string {
  return join(root, `tensorflow-${TENSORFLOW_VERSION}-${variant}-tfjs-${PINS.sources.version}-linux-x64-${LAYOUT}`);
}

/** Names inside an installation. TensorFlow looks for CUDA in `../nvidia` of its libraries' folder. */
export const INSIDE = {
  addon: 'tfjs_binding.node',
  loader: 'loader.node',
  libraries: 'lib',
  cuda: 'nvidia',
  manifest: 'manifest.json',
} as const;

export const LIBRARIES = ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'] as const;
