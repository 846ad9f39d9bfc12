import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { pathAdvice } from '../../shared/path-advice.ts';

/** More at once nobody tells apart. */
const MOST = 24;

export interface FoundRuns {
  /** Folders, in the order of their names. */
  readonly dirs: readonly string[];
  /** Older ones that are not among them. */
  readonly leftOut: number;
}

/**
 * The run that `path` is, or the runs in it, also those of a sweep, which lie a folder deeper.
 *
 * @throws GradsocketError where there is none
 */
export async function foundRuns(path: string): Promise<FoundRuns> {
  if (isRun(path)) return { dirs: [path], leftOut: 0 };
  const below = await foldersIn(path);
  const deeper = (await Promise.all(below.filter((dir) => !isRun(dir)).map(foldersIn))).flat();
  const dirs = [...below, ...deeper].filter(isRun).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (dirs.length > 0) return { dirs: dirs.slice(-MOST), leftOut: Math.max(0, dirs.length - MOST) };
  const why = existsSync(path)
    ? 'neither a job.yaml nor folders with one are in it'
    : `there is no such folder${pathAdvice(path)}`;
  throw new GradsocketError(
    'NO_RUN',
    EXIT.usage,
    `${path} holds no run: ${why}. Name the folder of a run, such as runs/pets.`,
  );
}

function isRun(dir: string): boolean {
  return existsSync(join(dir, 'job.yaml'));
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
