import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Vitals } from '../../shared/protocol/shared.ts';

/** How often the coordinator hears of them. */
const EVERY_SECONDS = 5;
const RESOLUTION_MS = 20;

/** How this process fares, once in a few seconds: null in between. On the thread whose lag is measured. `now`: seconds. */
export function watchVitals(now: () => number): () => Vitals | null {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const at = now();
    if (at - last < EVERY_SECONDS) return null;
    last = at;
    const { user, system } = process.cpuUsage();
    // It counts the pause that was asked for, too.
    const late = Math.max(0, delay.max / 1e9 - RESOLUTION_MS / 1000);
    delay.reset();
    return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss(), loopLagSeconds: late };
  };
}
