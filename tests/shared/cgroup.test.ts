import { expect, it } from 'vitest';
import { cgroupLimits, outOfMemoryKills, usableCores } from '../../src/shared/cgroup.ts';

type Files = Readonly<Record<string, string>>;
const reading = (files: Files) => (path: string) => files[path] ?? null;

const V2 = '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const v2 = (path: string, files: Files): Files => ({
  '/proc/self/mountinfo': V2,
  '/proc/self/cgroup': `0::${path}\n`,
  ...files,
});
const v1 = (path: string, files: Files, root = '/'): Files => ({
  '/proc/self/mountinfo':
    `30 29 0:27 ${root} /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n` +
    `31 29 0:28 ${root} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n`,
  '/proc/self/cgroup': `5:memory:${path}\n2:cpu,cpuacct:${path}\n`,
  ...files,
});

it.each<[string, number, Files]>([
  ['a quota of half a core is one core', 1, v2('/', { '/sys/fs/cgroup/cpu.max': '50000 100000\n' })],
  ['one and a half are one', 1, v2('/', { '/sys/fs/cgroup/cpu.max': '150000 100000\n' })],
  ['three are three', 3, v2('/', { '/sys/fs/cgroup/cpu.max': '300000 100000\n' })],
  ['more than there are do not count', 8, v2('/', { '/sys/fs/cgroup/cpu.max': '9900000 100000\n' })],
  ['no limit is none', 8, v2('/a', { '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' })],
  [
    'the least of groups within groups counts',
    2,
    v2('/a/b', { '/sys/fs/cgroup/a/b/cpu.max': '400000 100000\n', '/sys/fs/cgroup/a/cpu.max': '200000 100000\n' }),
  ],
  ['a group that cannot be seen from inside is its root', 2, v2('/../..', { '/sys/fs/cgroup/cpu.max': '2000 1000\n' })],
  [
    'of version 1, too',
    1,
    v1('/k', {
      '/sys/fs/cgroup/cpu,cpuacct/k/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/k/cpu.cfs_period_us': '100000\n',
    }),
  ],
  [
    'of version 1 in a container, whose own group is mounted',
    2,
    v1(
      '/docker/1',
      {
        '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
        '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
      '/docker/1',
    ),
  ],
  [
    'of version 1 without a limit',
    8,
    v1('/', {
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    }),
  ],
  ['where there are no groups', 8, {}],
  ['where they say nonsense', 8, v2('/', { '/sys/fs/cgroup/cpu.max': '\n' })],
])('cores: %s', (_, expected, files) => {
  expect(usableCores(reading(files), 8)).toBe(expected);
});

it.each<[string, number, Files]>([
  ['of version 2', 512, v2('/a', { '/sys/fs/cgroup/memory.max': '512\n', '/sys/fs/cgroup/a/memory.max': 'max\n' })],
  ['from which on it is slowed down', 256, v2('/', { '/sys/fs/cgroup/memory.high': '256\n' })],
  ['of version 1', 512, v1('/k', { '/sys/fs/cgroup/memory/k/memory.limit_in_bytes': '512\n' })],
  [
    'of version 1, where none is a huge number',
    Number.POSITIVE_INFINITY,
    v1('/', { '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' }),
  ],
])('memory: the limit %s', (_, expected, files) => {
  expect(cgroupLimits(reading(files)).memory).toBe(expected);
});

it.each<[string, number | null, Files]>([
  ['of version 2', 3, v2('/a', { '/sys/fs/cgroup/a/memory.events': 'low 0\noom 4\noom_kill 3\noom_group_kill 0\n' })],
  [
    'of its own group, not of those around it',
    0,
    v2('/a/b', {
      '/sys/fs/cgroup/a/b/memory.events': 'oom_kill 0\n',
      '/sys/fs/cgroup/a/memory.events': 'oom_kill 7\n',
    }),
  ],
  [
    'of version 1',
    2,
    v1('/k', { '/sys/fs/cgroup/memory/k/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n' }),
  ],
  [
    'of version 1, seen from inside a container',
    1,
    v1('/docker/k', { '/sys/fs/cgroup/memory/memory.oom_control': 'oom_kill 1\n' }),
  ],
  [
    'that an old kernel does not count',
    null,
    v1('/k', { '/sys/fs/cgroup/memory/k/memory.oom_control': 'oom_kill_disable 0\n' }),
  ],
  ['where there are no groups', null, {}],
])('processes killed for want of memory: %s', (_, expected, files) => {
  expect(outOfMemoryKills(reading(files))).toBe(expected);
});
