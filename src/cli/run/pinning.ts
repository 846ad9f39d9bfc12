import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Logical processors, as the kernel numbers them. */
export type Cores = readonly number[];

/**
 * The cores that the worker with this index keeps to, so that the kernel does not move engines about, each away from its
 * caches, and two onto one core while another stands idle; null: any.
 *
 * Only where there is a core for each thread of each worker, and none more: with cores to spare, the threads beside the
 * engine use them, and more workers than cores are better dealt anew all the time.
 */
export function coresOf(
  index: number,
  { workers, threads }: { readonly workers: number; readonly threads: number },
  allowed: Cores,
): Cores | null {
  if (workers === 1 || workers * threads !== allowed.length) return null;
  // Those of one worker lie together: they share caches, and a memory, more often than not.
  return allowed.slice(index * threads, (index + 1) * threads);
}

/**
 * Which cores this process may use; empty where the system does not tell, where some are faster than others, which all
 * workers should have a share of, or where nothing can be kept to some of them.
 */
export function pinnableCores(): Cores {
  const allowed = allowedCores();
  if (allowed.length === 0 || new Set(allowed.map(speedOf)).size > 1) return [];
  const tried = spawnSync('taskset', ['-c', String(allowed[0]), 'true'], { stdio: 'ignore' });
  return tried.status === 0 ? allowed : [];
}

/** A program and its arguments, so that it runs on these cores alone. Its process id and its channels stay what they are. */
export function pinned(command: string, args: readonly string[], cores: Cores | null): [string, string[]] {
  return cores === null ? [command, [...args]] : ['taskset', ['-c', cores.join(','), command, ...args]];
}

function allowedCores(): Cores {
  if (process.platform !== 'linux') return [];
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return list === undefined ? [] : parseCoreList(list);
}

/** Something that is the same for cores that are as fast as each other. */
function speedOf(core: number): string {
  const told = ['cpu_capacity', 'cpufreq/cpuinfo_max_freq'].map((name) => `/sys/devices/system/cpu/cpu${core}/${name}`);
  return told.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join(' ');
}

/** The kernel's notation: `0-3,8,10-11`. */
export function parseCoreList(list: string): Cores {
  return list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
