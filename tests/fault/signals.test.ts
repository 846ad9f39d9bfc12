import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSummary, start, temporaryFolder, train } from '../e2e/gradsocket.ts';
import { allGone, childrenAppear, childrenOf } from '../e2e/processes.ts';
import { isEvent } from './events.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job = '--engine wasm --channels 4,8 --dense 16 --threads 1 --epochs 30 --workers 2'.split(' ');

function launch(runDir: string) {
  return start(['launch', '--run-dir', runDir, '--json', ...job]);
}

describe('signals', () => {
  it('SIGTERM, with which Kubernetes ends a pod, is taken as Ctrl-C: a checkpoint, and 130', async () => {
    const whole = await train(path.join(folder, 'whole'), job);
    const runDir = path.join(folder, 'terminated');
    const running = launch(runDir);
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    running.child.kill('SIGTERM');
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(stdout).toContain('SIGTERM');
    expect(await allGone(workers, 1000)).toBe(true);
    const { status, steps, checkpoint } = readSummary(runDir);
    expect(status).toBe('interrupted');
    expect(checkpoint).toContain(String(steps));
    const resumed = await train(runDir, ['--resume', '--workers', '2']);
    expect(resumed.weightsDigest).toBe(whole.weightsDigest);
  });

  it('a second Ctrl-C leaves at once, whatever the workers do', async () => {
    const running = launch(path.join(folder, 'twice'));
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    // They cannot finish the running step, so the first one has something to wait for.
    for (const worker of workers) process.kill(worker, 'SIGSTOP');
    running.child.kill('SIGINT');
    await running.line(isEvent('stopping'));
    const signalled = performance.now();
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    expect(performance.now() - signalled).toBeLessThan(500);
    expect(await allGone(workers, 1000)).toBe(true);
  });

  it('a worker that is killed while it starts ends the run with its name, and nobody waits for it', async () => {
    const running = launch(path.join(folder, 'start-up'));
    const workers = await childrenAppear(running.child.pid!, 2, 20_000);
    process.kill(workers[0]!, 'SIGKILL');
    const { code, stderr } = await running.finished;
    expect(code).toBe(75);
    expect(stderr).toMatch(/worker-\d ended before the run did: it was ended by SIGKILL/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(await allGone(workers, 5000)).toBe(true);
  });
});
