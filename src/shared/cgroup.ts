import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** A file's text; null: there is none, or it is not for us to read. */
export type ReadText = (path: string) => string | null;

/** What the control groups of a process leave it; infinite: all there is. */
export interface CgroupLimits {
  /** Cores' worth of time. */
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** Where one hierarchy of control groups is to be seen, and where in it this process is. */
interface Place {
  /** cgroup2, or cgroup: then only with the controllers among its options. */
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** Folders from the process's own group up to what can be seen of the root. */
  readonly folders: readonly string[];
}

/** Of version 1 or 2, or both at once; groups within groups: the least of all counts. */
export function cgroupLimits(read: ReadText = readText): CgroupLimits {
  let [cores, memory] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { version, controllers, folders } of placesIn(read)) {
    for (const folder of folders) {
      const text = (file: string): string => read(join(folder, file))?.trim() ?? '';
      if (version === 2) {
        const [quota = '', period = ''] = text('cpu.max').split(' ');
        cores = Math.min(cores, share(quota, period));
        memory = Math.min(memory, bytesIn(text('memory.max')), bytesIn(text('memory.high')));
      } else {
        if (controllers.includes('cpu')) {
          cores = Math.min(cores, share(text('cpu.cfs_quota_us'), text('cpu.cfs_period_us')));
        }
        if (controllers.includes('memory')) memory = Math.min(memory, bytesIn(text('memory.limit_in_bytes')));
      }
    }
  }
  return { cores, memory };
}

/**
 * How many processes of this one's group the system has killed as memory ran out, so far; null: it does not say. One that was killed
 * meanwhile, and not by that, was killed by somebody.
 */
export function outOfMemoryKills(read: ReadText = readText): number | null {
  for (const { version, controllers, folders } of placesIn(read)) {
    if (version === 1 && !controllers.includes('memory')) continue;
    const file = version === 2 ? 'memory.events' : 'memory.oom_control';
    const kills = folders.map((folder) => /^oom_kill (\d+)$/m.exec(read(join(folder, file)) ?? '')?.[1]);
    const own = kills.find((count) => count !== undefined);
    if (own !== undefined) return Number(own);
  }
  return null;
}

/**
 * How many cores this process may use: those that it is bound to, and no more than its groups leave it time for. Half a core is one
 * that is slow.
 */
export function usableCores(read: ReadText = readText, bound: number = availableParallelism()): number {
  return Math.max(1, Math.floor(Math.min(bound, cgroupLimits(read).cores)));
}

function placesIn(read: ReadText): readonly Place[] {
  const mounts = (read('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', point = ''] = before.split(' ');
    const [type = '', , options = ''] = after.split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [{ root, point, type, options: options.split(',') }] : [];
  });
  return (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, number, names = '', path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (number === undefined || path === undefined) return [];
    const version = names === '' ? 2 : 1;
    const controllers = names.split(',');
    const mount = mounts.find(({ type, options }) =>
      version === 2 ? type === 'cgroup2' : type === 'cgroup' && controllers.every((name) => options.includes(name)),
    );
    return mount === undefined ? [] : [{ version, controllers, folders: foldersOf(mount, path) } as const];
  });
}

/** A container sees its own group as the root: as the mount says, or under a path that leads nowhere here. */
function foldersOf(
  { root, point }: { readonly root: string; readonly point: string },
  path: string,
): readonly string[] {
  const inside = root === '/' ? path : path.startsWith(root) ? path.slice(root.length) : '/';
  const parts = inside.split('/').filter((part) => part !== '' && part !== '..');
  return parts
    .reduceRight<string[]>((folders, _, index) => [...folders, join(point, ...parts.slice(0, index + 1))], [])
    .concat(point);
}

function share(quota: string, period: string): number {
  const [of, per] = [Number(quota), Number(period)];
  return quota !== '' && of > 0 && per > 0 ? of / per : Number.POSITIVE_INFINITY;
}

/** `max`, or a number that no machine has, is no limit. */
function bytesIn(text: string): number {
  const bytes = Number(text);
  return /^\d+$/.test(text) && bytes < 2 ** 60 ? bytes : Number.POSITIVE_INFINITY;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
