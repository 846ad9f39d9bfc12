import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { start, temporaryFolder } from './gradsocket.ts';
import { childrenOf } from './processes.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** Resident memory of a process in MiB. */
function residentMiB(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/);
  return Number(line![1]) / 1024;
}

describe('resident memory', () => {
  it.each(['tensorflow', 'wasm'])('does not grow from step 500 to step 2000 (%s)', async (engine) => {
    const running = start([
      'launch',
      '--run-dir',
      path.join(folder, engine),
      '--json',
      '--workers',
      '2',
      '--engine',
      engine,
      '--channels',
      '4,8',
      '--dense',
      '16',
      '--epochs',
      '100',
      '--steps',
      '2050',
      '--eval-every',
      '0',
      '--threads',
      '1',
    ]);
    const reached = (step: number) => (line: string) => {
      const event = JSON.parse(line) as { type: string; step?: number };
      return event.type === 'step' && event.step! >= step;
    };
    await running.line(reached(500));
    const workers = childrenOf(running.child.pid!);
    expect(workers).toHaveLength(2);
    const before = workers.map(residentMiB);
    await running.line(reached(2000));
    const after = workers.map(residentMiB);
    expect((await running.finished).code).toBe(0);
    // Garbage that waits for its collector moves this by some MiB; one leaked batch a step would be 1500 x 8 KiB = 12 MiB
    // in the smallest case, one leaked vector of gradients 1500 x 40 KiB = 60 MiB.
    for (const [i, mib] of after.entries()) expect(mib - before[i]!).toBeLessThan(40);
  });
});
