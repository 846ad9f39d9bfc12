import { isAbsolute, join, resolve } from 'node:path';
import { EXIT, GradsocketError } from './errors.ts';
import { homeFolder, homePath } from './home-path.ts';

/** Where everything that is fetched or built lives: outside node_modules, which npm empties as it likes. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  const own = env['GRADSOCKET_CACHE'];
  if (own !== undefined && own !== '') return resolve(homePath(asFolder(own), env));
  const home = env['XDG_CACHE_HOME'];
  // The XDG specification: a relative path is to be ignored.
  const base = home !== undefined && isAbsolute(home) ? home : join(homeFolder(env), '.cache');
  return join(base, 'gradsocket');
}

/** Manifests and unit files replace nothing, and a folder of that name would be made. */
function asFolder(path: string): string {
  if (!/^(?:["'$%]|~[\w.-]|[a-z][a-z0-9+.-]+:\/\/)/i.test(path)) return path;
  const sentence = `GRADSOCKET_CACHE=${path} is the path of no folder: nobody has replaced what it begins with. Write it out.`;
  throw new GradsocketError('CACHE_PLACE', EXIT.configuration, sentence);
}
