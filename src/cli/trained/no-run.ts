import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { pathAdvice } from '../../shared/path-advice.ts';

/** What to say of a path that was named as the folder of a run and is none. */
export function noRun(path: string): GradsocketError {
  const newest = newestIn(path);
  const why = newest === null ? whatItIs(path) : 'runs lie in it';
  return new GradsocketError(
    'NO_RUN',
    EXIT.usage,
    `${path} is no folder of a run: ${why}. Name the folder that --run-dir named, such as ${newest === null ? 'runs/...' : `${newest}.`}`,
  );
}

function whatItIs(path: string): string {
  if (!existsSync(path)) return `there is none${pathAdvice(path)}`;
  return statSync(path).isDirectory() ? 'there is no job.yaml' : 'it is a file, and the run comes first';
}

/** The run in a folder of runs that was begun last. */
function newestIn(folder: string): string | null {
  const begun = namesIn(folder).flatMap((name) => {
    const dir = join(folder, name);
    return existsSync(join(dir, 'job.yaml')) ? [{ dir, at: statSync(join(dir, 'job.yaml')).mtimeMs }] : [];
  });
  return begun.toSorted((a, b) => b.at - a.at)[0]?.dir ?? null;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Which others may not read.
    return [];
  }
}
