import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { pathAdvice } from '../../shared/path-advice.ts';
import { isRun, placeOf } from '../trained/place.ts';

/** More at once nobody tells apart. */
const MOST = 24;

export interface FoundRuns {
  /** Folders, in the order of their names. */
  readonly dirs: readonly string[];
  /** Older ones that are not among them. */
  readonly leftOut: number;
}

/**
 * The run that `path` is, or is something in the folder of, or the runs in it and in the folders and sweeps that it holds.
 *
 * @throws GradsocketError where there is none
 */
export async function foundRuns(path: string): Promise<FoundRuns> {
  const { runDir } = placeOf(path, 'newest');
  if (isRun(runDir)) return { dirs: [runDir], leftOut: 0 };
  const below = await foldersIn(path);
  const deeper = (await Promise.all(below.filter((dir) => !isRun(dir)).map(runsBelow))).flat();
  const dirs = [...below, ...deeper].filter(isRun);
  if (dirs.length > 0) {
    const newest = await newestOf(dirs.toSorted(byName));
    return { dirs: newest.toSorted(byName), leftOut: dirs.length - newest.length };
  }
  const why = existsSync(path)
    ? 'neither a job.yaml nor folders with one are in it'
    : `there is no such folder${pathAdvice(path)}`;
  throw new GradsocketError(
    'NO_RUN',
    EXIT.usage,
    `${path} holds no run: ${why}. Name the folder of a run, such as runs/pets.`,
  );
}

/** What several runs are called: by their folders, or where two of these are called alike, by where they lie in `path`. */
export function namesOf(dirs: readonly string[], path: string): readonly string[] {
  const names = dirs.map((dir) => basename(dir));
  return new Set(names).size === names.length ? names : dirs.map((dir) => relative(path, dir));
}

/** Those that were begun, or resumed, last. */
async function newestOf(dirs: readonly string[]): Promise<readonly string[]> {
  const begun = await Promise.all(
    dirs.map(async (dir) => (await stat(join(dir, 'job.yaml')).catch(() => null))?.mtimeMs ?? 0),
  );
  const places = Array.from(dirs.keys()).toSorted((a, b) => begun[a]! - begun[b]!);
  return places.slice(-MOST).map((place) => dirs[place]!);
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** A sweep has its runs in a folder of their own. */
function runsBelow(dir: string): Promise<readonly string[]> {
  return foldersIn(existsSync(join(dir, 'sweep.yaml')) ? join(dir, 'runs') : dir);
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}
