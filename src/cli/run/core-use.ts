import { readdirSync, readFileSync } from 'node:fs';
import type { Cores } from './pinning.ts';

/** What the system has counted of processor time until a moment, in seconds. */
export interface CoreUse {
  readonly at: number;
  /** By everybody, on all cores of the run. What has a lower priority than others is left out: it takes what nobody wants. */
  readonly busy: number;
  /** By this process and its workers. */
  readonly own: number;
  /** Of each core: given to another machine by the host of this one. */
  readonly stolen: readonly number[];
  /** Of each worker, by its process id: its threads were ready to run, and did not. */
  readonly waited: ReadonlyMap<number, number>;
}

/** Of `/proc`: the kernel shows its clock in these to programs on all processors that Node runs on. */
const TICKS = 100;

/** null: the system does not tell, or a process has just ended. */
export function readCoreUse(
  cores: Cores,
  workers: readonly number[],
  { read = readText, list = readFolder, now = performance.now() / 1000, self = process.cpuUsage() } = {},
): CoreUse | null {
  const stat = read('/proc/stat') ?? '';
  const columns = cores.map((core) =>
    new RegExp(`^cpu${core} (.*)$`, 'm')
      .exec(stat)?.[1]
      ?.trim()
      .split(/\s+/)
      .map((ticks) => Number(ticks) / TICKS),
  );
  let [busy, own] = [0, (self.user + self.system) / 1e6];
  const stolen: number[] = [];
  for (const column of columns) {
    if (column === undefined) return null;
    const [user = 0, , system = 0, , , , , steal = 0] = column;
    busy += user + system;
    stolen.push(steal);
  }
  const waited = new Map<number, number>();
  for (const pid of workers) {
    const used = processTime(read(`/proc/${pid}/stat`));
    const queued = waitingTime(
      list(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}/schedstat`)),
    );
    if (used === null || queued === null) return null;
    own += used;
    waited.set(pid, queued);
  }
  return { at: now, busy, own, stolen, waited };
}

/** The name in the second field may have spaces and brackets of its own. */
function processTime(stat: string | null): number | null {
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields?.[11], fields?.[12]].map((ticks) => Number(ticks) / TICKS);
  return user === undefined || system === undefined || Number.isNaN(user + system) ? null : user + system;
}

/** A thread that ended meanwhile does not wait. */
function waitingTime(threads: readonly (string | null)[]): number | null {
  const told = threads.filter((text) => text !== null);
  if (told.length === 0) return null;
  return told.reduce((sum, text) => sum + Number(text.split(' ')[1] ?? 0) / 1e9, 0);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
