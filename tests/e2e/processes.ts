import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Process ids of the living children of `parent`, from /proc. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(ppid) === parent && state !== 'Z';
      } catch {
        return false; // ended meanwhile
      }
    });
}

/** Whether all of these processes end within the deadline. */
export async function allGone(pids: readonly number[], deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
