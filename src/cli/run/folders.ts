import { mkdirSync, rmdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** Where runs go that were given no folder. Relative to where the command runs. */
export const RUNS = 'runs';

/** `runs/2026-11-23T10-15-00-cnn`; with a number where that is taken, so that a run never meets another's folder. */
export function newRunDir(now: Date, model: string, taken: (path: string) => boolean = claimedElsewhere): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('-');
  const base = join(RUNS, `${date}T${time}-${model}`);
  let path = base;
  for (let n = 2; taken(path); n++) path = `${base}-${n}`;
  return path;
}

/** By absolute path, with what is above it first: where this process has made an empty folder. */
const made: string[] = [];
/** Also those that could not be made, of which whoever writes to them says why. */
const claimed = new Set<string>();

/**
 * Whether somebody has a folder already. If not it is this process's from then on, though nothing is written to it yet: several runs may
 * begin in one second, in this process or in others. What is still empty when the process ends is removed again.
 */
export function claimedElsewhere(path: string): boolean {
  const absolute = resolve(path);
  if (claimed.has(absolute)) return true;
  make(dirname(absolute));
  if (make(absolute) === 'there') return true;
  if (claimed.size === 0) process.on('exit', () => removeEmpty());
  claimed.add(absolute);
  return false;
}

function make(path: string): 'made' | 'there' | 'cannot' {
  try {
    mkdirSync(path);
    made.push(path);
    return 'made';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'there' : 'cannot';
  }
}

/** Nothing came of it. A program goes on, and may ask for a great many that are refused. */
export function giveBack(dir: string): void {
  const path = resolve(dir);
  removeEmpty([dirname(path), path].filter((one) => made.includes(one)));
}

function removeEmpty(paths: readonly string[] = made): void {
  for (const path of paths.toReversed()) {
    try {
      rmdirSync(path);
      made.splice(made.indexOf(path), 1);
    } catch {
      // There is a run in it by now, or somebody else has removed it.
    }
  }
}

/** The run in `runs` that was begun last; null: there is none. */
export async function newestRun(runs: string = RUNS): Promise<string | null> {
  const names = await readdir(runs).catch(() => []);
  let newest: { readonly path: string; readonly begun: number } | null = null;
  for (const name of names) {
    const path = join(runs, name);
    const job = await stat(join(path, 'job.yaml')).catch(() => null);
    if (job !== null && job.mtimeMs > (newest?.begun ?? -1)) newest = { path, begun: job.mtimeMs };
  }
  return newest?.path ?? null;
}

/** @throws GradsocketError where there is none */
export async function newestRunDir(runs: string = RUNS): Promise<string> {
  const newest = await newestRun(runs);
  if (newest !== null) return newest;
  throw new GradsocketError(
    'NO_RUN',
    EXIT.configuration,
    `There is no run to resume in ${runs}/. Name its folder with --run-dir.`,
  );
}
