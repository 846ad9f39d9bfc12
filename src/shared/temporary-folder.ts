import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, GradsocketError } from './errors.ts';

/**
 * A new folder for what nobody needs when it has been used: the caller removes it. Containers often have /tmp read-only, and memory to
 * share all the same.
 *
 * @throws GradsocketError NO_TEMPORARY_FOLDER
 */
export async function temporaryFolder(
  name: string,
  places: readonly string[] = [tmpdir(), '/dev/shm'],
): Promise<string> {
  const failures: unknown[] = [];
  for (const place of places) {
    try {
      return await mkdtemp(join(place, `gradsocket-${name}-`));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new GradsocketError(
    'NO_TEMPORARY_FOLDER',
    EXIT.configuration,
    `A folder for temporary files is needed, and none can be made in ${places.join(' or ')}. Set TMPDIR to a folder that can be written to.`,
    { cause: failures[0] },
  );
}
