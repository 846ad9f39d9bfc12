import { fileURLToPath } from 'node:url';
import { cacheRoot } from '../../shared/cache-folder.ts';

/** This file runs as dist/engine/install/roots.js, and as src/engine/install/roots.ts in tests. */
const CARRIED = fileURLToPath(new URL('../../../engine', import.meta.url));

/**
 * Where an installation may be: in the cache folder, or carried along beside the program, as in a container image, whose
 * cache is a volume that comes and goes.
 */
export function engineRoots(env: NodeJS.ProcessEnv, carried = CARRIED): readonly string[] {
  return [cacheRoot(env), carried];
}
