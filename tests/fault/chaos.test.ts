import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCoreList, pinnableCores } from '../../src/cli/run/pinning.ts';
import type { RunEvent } from '../../src/coordinator/progress/events.ts';
import { readSummary, run, start, temporaryFolder } from '../e2e/gradsocket.ts';
import { childrenOf } from '../e2e/processes.ts';
import { checkLedger, jobOf, undisturbed } from './drill.ts';
import { isEvent } from './events.ts';
import { ALL_FAULTS } from './points.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let digest = '';
const JOB = jobOf(20);
beforeAll(async () => {
  digest = await undisturbed(folder, JOB);
});

function launch(name: string, flags: readonly string[], job = JOB) {
  const runDir = path.join(folder, name);
  return { runDir, running: start(['launch', '--run-dir', runDir, '--json', ...job, ...flags]) };
}

describe('a rehearsal', () => {
  it.concurrent('in which a bit of one worker flips ends with its name, and keeps nothing of it', async () => {
    const chaos = ['--workers', '3', '--chaos', 'corrupt@step=30,rank=1'];
    const { runDir, running } = launch('corrupt', chaos);
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(70);
    const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
    const failed = events.find((event) => event.type === 'failed');
    expect(failed?.message).toMatch(/hold different weights: .* worker-1 differs from the majority\./);
    expect(stderr).not.toMatch(/\n\s+at /);
    // What is kept is from before, or right.
    const resumed = await run(['launch', '--resume', '--run-dir', runDir, '--workers', '2', '--quiet']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readSummary(runDir).weightsDigest).toBe(digest);
    checkLedger(runDir, 120);
  });

  it.concurrent('in which one is slow deals it fewer microbatches, to the same weights', async ({ skip }) => {
    skip(!ALL_FAULTS, 'it takes half a minute until one counts as slow; npm run test:fault waits for it');
    const long = jobOf(2000);
    const { runDir, running } = launch('slow', ['--workers', '2', '--chaos', 'slow@step=5,rank=1,seconds=600'], long);
    const line = await running.line((text) => isEvent('generation')(text) && text.includes('"generation":2'));
    const { shares, why, workers } = JSON.parse(line) as Extract<RunEvent, { type: 'generation' }>;
    expect(workers).toBe(2);
    expect(why).toContain('worker-1');
    const held = Object.fromEntries(shares.map(({ worker, microbatches }) => [worker, microbatches]));
    expect(held['worker-1']).toBeLessThan(held['worker-0']!);
    running.child.kill('SIGINT');
    await running.finished;
    const { steps, weightsDigest } = readSummary(runDir);
    const alone = path.join(folder, 'alone');
    await run(['launch', '--run-dir', alone, '--quiet', '--workers', '1', ...long, '--steps', String(steps)]);
    expect(weightsDigest).toBe(readSummary(alone).weightsDigest);
  });
});

describe('workers that each keep to their own cores', () => {
  const cores = pinnableCores();
  const workers = availableParallelism();
  /** None of one that is gone. */
  const allowedTo = (pid: number): readonly number[] => {
    try {
      return parseCoreList(
        /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '',
      );
    } catch {
      return [];
    }
  };

  it('may use those of one that is gone, until it is back', async ({ skip }) => {
    const fits = cores.length > 1 && cores.length <= 4 && cores.length === workers;
    skip(!fits, 'it takes a machine with two to four cores, to which workers may be kept');
    const { running, runDir } = launch('pinned', ['--workers', String(workers)], jobOf(2000));
    await running.line(isEvent('step'));
    const [victim, ...others] = childrenOf(running.child.pid!);
    const logs = Array.from({ length: workers }, (_, index) => path.join(runDir, 'logs', `worker-${index}.log`));
    const shared = () => logs.some((log) => readFileSync(log, 'utf8').includes('other programs take'));
    const each = async (pids: () => readonly number[], count: number) => {
      const found = () => pids().every((pid) => allowedTo(pid).length === count);
      await expect.poll(() => found() || shared(), { timeout: 60_000 }).toBe(true);
      if (found()) return;
      running.child.kill('SIGINT');
      await running.finished;
      skip('other programs use the cores, too');
    };
    await each(() => [victim!, ...others], 1);
    process.kill(victim!, 'SIGKILL');
    await each(() => others, workers);
    // It is started again, and healed.
    await running.line((text) => isEvent('generation')(text) && text.includes('"generation":3'));
    // For a moment there is also the program that binds them.
    await each(() => childrenOf(running.child.pid!), 1);
    running.child.kill('SIGINT');
    await running.finished;
  });
});
