import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter } from 'node:events';
import { afterAll, expect, it } from 'vitest';
import { claimedElsewhere, giveBack, newestRunDir, newRunDir } from '../../../src/cli/run/folders.ts';
import { onInterrupt } from '../../../src/cli/run/interrupts.ts';
import { signalCounter } from '../../../src/shared/second-signal.ts';

const root = mkdtempSync(join(tmpdir(), 'grad socket runs '));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a new run goes where no other is', () => {
  const taken = new Set<string>();
  const paths = Array.from({ length: 4 }, () => {
    const path = newRunDir(new Date(2026, 0, 2, 3, 4, 5), 'cnn', (candidate) => taken.has(candidate));
    taken.add(path);
    return path;
  });
  expect(paths[0]).toBe(join('runs', '2026-01-02T03-04-05-cnn'));
  expect(new Set(paths).size).toBe(4);
});

it('the newest run is the one that was begun last, whatever its name', async () => {
  await expect(newestRunDir(join(root, 'none'))).rejects.toMatchObject({ code: 'NO_RUN', exitCode: 78 });
  for (const [name, begun] of [
    ['b', 1000],
    ['a', 3000],
    ['c', 2000],
  ] as const) {
    mkdirSync(join(root, name));
    const job = join(root, name, 'job.yaml');
    writeFileSync(job, '');
    utimesSync(job, begun, begun);
  }
  mkdirSync(join(root, 'no run'));
  expect(await newestRunDir(root)).toBe(join(root, 'a'));
});

it('the first signal asks, every later one insists, and none is heard after the end', () => {
  const signals = new EventEmitter();
  const heard: string[] = [];
  let seconds = 0;
  const count = signalCounter(() => 1_000 * seconds++);
  const actions = { gently: (reason: string) => heard.push(reason), atOnce: () => heard.push('at once') };
  const release = onInterrupt(actions, signals, 'leave', count);
  signals.emit('SIGINT', 'SIGINT');
  signals.emit('SIGTERM', 'SIGTERM');
  signals.emit('SIGINT', 'SIGINT');
  expect(heard).toEqual(['Ctrl-C', 'at once', 'at once']);
  release();
  expect(signals.listenerCount('SIGINT')).toBe(0);
});

it('runs that begin in one second have folders of their own, whichever processes lead them, and those that were refused leave none', () => {
  const now = new Date();
  const place = join(root, 'at once');
  mkdirSync(place);
  const claimed = (path: string): boolean => claimedElsewhere(join(place, path));
  const dirs = [1, 2, 3].map(() => newRunDir(now, 'cnn', claimed));
  expect(new Set(dirs).size).toBe(3);
  // What another process sees of it.
  expect(readdirSync(join(place, 'runs'))).toHaveLength(3);
  writeFileSync(join(place, dirs[1]!, 'job.yaml'), '');
  for (const dir of dirs) giveBack(join(place, dir));
  expect(readdirSync(join(place, 'runs')).map((name) => join('runs', name))).toEqual([dirs[1]]);
});

it('a run goes where it was to go also where no folder can be made, and whoever writes there says why', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const claimed = (path: string): boolean => claimedElsewhere(join(file, path));
  expect(newRunDir(new Date(2026, 0, 2, 3, 4, 5), 'cnn', claimed)).toBe(join('runs', '2026-01-02T03-04-05-cnn'));
});
