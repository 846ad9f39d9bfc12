import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSummary, start, temporaryFolder } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';
import { atAnyRank, checkLedger, jobOf, undisturbed } from './drill.ts';
import { isEvent } from './events.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** Long enough for a worker to come back in its middle. */
const LONG = jobOf(60);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder, LONG);
});

function launch(name: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const runDir = path.join(folder, name);
  return { runDir, running: start(['launch', '--run-dir', runDir, '--json', ...LONG, ...flags], env) };
}

function warningsIn(stdout: string): string {
  return stdout
    .split('\n')
    .filter((line) => line.includes('"type":"warning"'))
    .map((line) => (JSON.parse(line) as { readonly message: string }).message)
    .join('\n');
}

describe('launch', () => {
  it.concurrent('starts a worker again that dies, while the other goes on', async () => {
    const { runDir, running } = launch('again', ['--workers', '2', '--chaos', 'kill@step=5,rank=1']);
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(0);
    expect(warningsIn(stdout)).toMatch(
      /worker-1 ended: it was ended by SIGKILL(, perhaps as memory ran out)?; .*log may say more\. It is started again in 1 s\./,
    );
    expect(readSummary(runDir).weightsDigest).toBe(digest);
    checkLedger(runDir, 360);
    const { faults } = JSON.parse(readFileSync(path.join(runDir, 'chaos.json'), 'utf8')) as { faults: unknown[] };
    expect(faults).toMatchObject([{ kind: 'kill', rank: 1, done: true }]);
  });

  it.concurrent('starts a worker again also where its log was taken away meanwhile', async () => {
    const { runDir, running } = launch('no logs', ['--workers', '2', '--chaos', 'kill@step=20,rank=1']);
    await running.line(isEvent('step'));
    rmSync(path.join(runDir, 'logs'), { recursive: true });
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(0);
    expect(warningsIn(stdout)).toMatch(/worker-1 ended: .* It is started again in 1 s\./);
    expect(warningsIn(stdout)).toMatch(/worker-1\.log cannot be written: /);
    expect(readSummary(runDir).weightsDigest).toBe(digest);
  });

  it.concurrent('gives up on workers that die at the same step again and again, and says with which words', async () => {
    const env = { GRADSOCKET_FAULT: atAnyRank('exit', 8, 'before-commit') };
    const { running } = launch('hopeless', ['--workers', '1'], env);
    const { code, stdout, stderr } = await running.finished;
    expect(code).not.toBe(0);
    expect(warningsIn(stdout)).toMatch(
      /worker-0 ended: .* It is not started again: it ended 3 times in a row after step 8\./,
    );
    expect(stderr).toContain('worker-0');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it.concurrent('does not start a worker again that was asked to leave', async () => {
    const { runDir, running } = launch('asked', ['--workers', '2']);
    await running.line(isEvent('step'));
    const [worker] = childrenOf(running.child.pid!);
    process.kill(worker!, 'SIGTERM');
    const { code, stdout, stderr } = await running.finished;
    expect(code, stderr).toBe(0);
    expect(warningsIn(stdout)).toMatch(/worker-\d ended: .* It is not started again: it was asked to leave\./);
    expect(readSummary(runDir).weightsDigest).toBe(digest);
  });

  it.concurrent('ends once another process leads its run, and leaves what is there to that one', async () => {
    const runDir = path.join(folder, 'taken');
    const running = start(['launch', '--run-dir', runDir, '--json', ...jobOf(2000), '--workers', '1']);
    await running.line(isEvent('step'));
    writeFileSync(path.join(runDir, 'run.lock'), 'of another');
    const { code, stderr } = await running.finished;
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /^gradsocket: Another process has taken over the run in .* this one writes nothing more\.$/m,
    );
    expect(readFileSync(path.join(runDir, 'run.lock'), 'utf8')).toBe('of another');
    expect(existsSync(path.join(runDir, 'summary.json'))).toBe(false);
  });

  it.concurrent('that is killed itself leaves no worker behind, and is resumed to the same weights', async () => {
    const { runDir, running } = launch('killed', ['--workers', '2']);
    await running.line(isEvent('checkpoint'));
    const workers = childrenOf(running.child.pid!);
    running.child.kill('SIGKILL');
    await running.finished;
    expect(await allGone(workers, 10_000)).toBe(true);
    const resumed = start(['launch', '--resume', '--run-dir', runDir, '--workers', '1', '--quiet']);
    expect((await resumed.finished).code).toBe(0);
    expect(readSummary(runDir).weightsDigest).toBe(digest);
    checkLedger(runDir, 360);
  });
});
