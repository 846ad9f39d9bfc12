import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, train } from './gradsocket.ts';

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args?: { readonly step?: number; readonly name?: string };
}

test('--trace shows what the threads of every worker did, on one clock', async () => {
  const { folder, remove } = temporaryFolder();
  try {
    const file = path.join(folder, 'trace.json');
    const job = [
      '--data',
      'digits',
      '--engine',
      'wasm',
      '--channels',
      '4',
      '--dense',
      '8',
      '--batch',
      '32',
      '--steps',
      '3',
    ];
    await train(path.join(folder, 'run'), [...job, '--workers', '2', '--threads', '1', '--trace', file]);
    const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: readonly Event[] };
    const workers = new Map(
      traceEvents.filter(({ name }) => name === 'process_name').map(({ pid, args }) => [pid, args?.name]),
    );
    expect(new Set(workers.values())).toEqual(new Set(['worker-0', 'worker-1']));
    for (const pid of workers.keys()) {
      const events = traceEvents.filter((event) => event.pid === pid);
      const stepsOf = (name: string) => [...new Set(events.filter((e) => e.name === name).map((e) => e.args?.step))];
      expect(stepsOf('forward, backward')).toEqual([0, 1, 2]);
      expect(stepsOf('optimiser')).toEqual([0, 1, 2]);
      expect(stepsOf('commit')).toEqual([0, 1, 2]);
      expect(stepsOf('augment and fill')).toContain(2);
      const count = (ph: string, name: string) => events.filter((e) => e.ph === ph && e.name === name).length;
      expect(count('b', 'all-reduce')).toBeGreaterThan(3);
      expect(count('e', 'all-reduce')).toBe(count('b', 'all-reduce'));
      expect(count('b', 'decode')).toBe(count('e', 'decode'));
    }
    // Both commit the same step within moments: their clocks are one.
    const commits = traceEvents.filter(({ name, args }) => name === 'commit' && args?.step === 2);
    expect(commits).toHaveLength(2);
    expect(Math.abs(commits[0]!.ts! - commits[1]!.ts!)).toBeLessThan(2_000_000);
  } finally {
    remove();
  }
});
