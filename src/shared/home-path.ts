import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `~` and `~/x` as the shell reads them, for places that no shell has read: YAML, environment, `--data=~/x`. Nothing else
 * is expanded; a folder that is really called `~` is `./~`.
 */
export function homePath(path: string, environment: Environment): string {
  return /^~(?:$|\/)/.test(path) ? join(environment['HOME'] || homedir(), path.slice(1)) : path;
}
