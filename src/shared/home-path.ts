import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXIT, GradsocketError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `~` and `~/x` as the shell reads them, for places that no shell has read: YAML, environment, `--data=~/x`. Nothing else
 * is expanded; a folder that is really called `~` is `./~`.
 */
export function homePath(path: string, environment: Environment): string {
  return /^~(?:$|\/)/.test(path) ? join(homeFolder(environment), path.slice(1)) : path;
}

/**
 * @throws GradsocketError where nobody knows of any, as in a container that runs as a number without a name. A folder that all may
 * write to is no place for libraries that are loaded from there, so none is made up.
 */
export function homeFolder(environment: Environment, ofSystem: () => string = homedir): string {
  const { HOME: home } = environment;
  if (home !== undefined && home !== '') return home;
  try {
    return ofSystem();
  } catch (error) {
    throw new GradsocketError(
      'NO_HOME',
      EXIT.configuration,
      'This user has no home folder, in which datasets and engines would be kept. Set GRADSOCKET_CACHE (or HOME) to a folder ' +
        'that it can write to.',
      { cause: error },
    );
  }
}
