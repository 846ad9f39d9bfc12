import { isAbsolute, join, resolve } from 'node:path';
import { homeFolder, homePath } from './home-path.ts';

/** Where everything that is fetched or built lives: outside node_modules, which npm empties as it likes. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  const own = env['GRADSOCKET_CACHE'];
  if (own !== undefined && own !== '') return resolve(homePath(own, env));
  const home = env['XDG_CACHE_HOME'];
  // The XDG specification: a relative path is to be ignored.
  const base = home !== undefined && isAbsolute(home) ? home : join(homeFolder(env), '.cache');
  return join(base, 'gradsocket');
}
