import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Null for a process that is gone, though nobody may have asked yet how it ended. */
function livingParentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : Number(parent);
  } catch {
    return null;
  }
}

/** Process ids of the living children of `parent`, from /proc. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => livingParentOf(pid) === parent);
}

/** Whether all of these processes end within the deadline. */
export function allGone(pids: readonly number[], deadlineMs: number): Promise<boolean> {
  return comesTo(() => pids.every((pid) => livingParentOf(pid) === null), deadlineMs);
}

/** Whether all of these processes come to stand still, or to run again, within the deadline. */
export function allStopped(pids: readonly number[], stopped: boolean, deadlineMs: number): Promise<boolean> {
  const isStopped = (pid: number): boolean => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return comesTo(() => pids.every((pid) => isStopped(pid) === stopped), deadlineMs);
}

async function comesTo(holds: () => boolean, deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
