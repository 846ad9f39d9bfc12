import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** Where runs go that were given no folder. Relative to where the command runs. */
export const RUNS = 'runs';

/** `runs/2026-11-23T10-15-00-cnn`; with a number where that is taken, so that a run never meets another's folder. */
export function newRunDir(now: Date, model: string, taken: (path: string) => boolean = isTaken): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('-');
  const base = join(RUNS, `${date}T${time}-${model}`);
  let path = base;
  for (let n = 2; taken(path); n++) path = `${base}-${n}`;
  return path;
}

/** A program may begin several runs in one second, of which none has its folder yet. By absolute path. */
const handedOut = new Set<string>();

function isTaken(path: string): boolean {
  const absolute = resolve(path);
  if (handedOut.has(absolute) || existsSync(absolute)) return true;
  handedOut.add(absolute);
  return false;
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
