import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Logical processors, as the kernel numbers them. */
export type Cores = readonly number[];

/**
 * The cores of each worker, which it keeps to, so that the kernel does not move engines about, each away from its caches,
 * and two onto one core while another stands idle; null: any.
 *
 * Only where the workers' cores are all that there are: with cores to spare, the threads beside the engine use them, and more workers than cores are better dealt anew all the time.
 */
export function dealCores(
  { workers, each }: { readonly workers: number; readonly each: number },
  allowed: () => Cores,
): readonly Cores[] | null {
  if (workers === 1) return null;
  const cores = allowed();
  if (workers * each !== cores.length) return null;
  // Those of one worker lie together: they share caches, and a memory, more often than not.
  return Array.from({ length: workers }, (_, index) => cores.slice(index * each, (index + 1) * each));
}

/**
 * Which cores this process may use; empty where the system does not tell, where some are faster than others, which all
 * workers should have a share of, or where nothing can be kept to some of them.
 */
export function pinnableCores(): Cores {
  const allowed = parseCoreList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(told('/proc/self/status'))?.[1] ?? '');
  if (allowed.length === 0 || new Set(allowed.map(speedOf)).size > 1) return [];
  const tried = spawnSync('taskset', ['-c', String(allowed[0]), 'true'], { stdio: 'ignore' });
  return tried.status === 0 ? allowed : [];
}

/** A program and its arguments, so that it runs on these cores alone. Its process id and its channels stay what they are. */
export function pinned(command: string, args: readonly string[], cores: Cores | null): [string, string[]] {
  return cores === null ? [command, [...args]] : ['taskset', ['-c', cores.join(','), command, ...args]];
}

/** Keeps all threads of a process that runs to these cores from now on. One that has just ended needs none. */
export function keepTo(pid: number, cores: Cores): void {
  spawn('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], { stdio: 'ignore' }).on('error', () => undefined);
}

/** Something that is the same for cores that are as fast as each other. */
function speedOf(core: number): string {
  const files = ['cpu_capacity', 'cpufreq/cpuinfo_max_freq'];
  return files.map((name) => told(`/sys/devices/system/cpu/cpu${core}/${name}`)).join(' ');
}

/** Empty where the system does not tell. */
function told(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The kernel's notation: `0-3,8,10-11`; empty: none. */
export function parseCoreList(list: string): Cores {
  if (list === '') return [];
  return list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
