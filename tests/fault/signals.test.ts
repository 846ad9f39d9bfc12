import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSummary, start, temporaryFolder } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';
import { jobOf } from './drill.ts';
import { isEvent } from './events.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

function launch(name: string) {
  return start(['launch', '--run-dir', path.join(folder, name), '--json', '--workers', '2', ...jobOf(300)]);
}

describe('signals', () => {
  it.concurrent('SIGTERM, with which Kubernetes ends a pod, is taken as Ctrl-C: a checkpoint, and 130', async () => {
    const running = launch('terminated');
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    running.child.kill('SIGTERM');
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(stdout).toContain('SIGTERM');
    expect(await allGone(workers, 1000)).toBe(true);
    const { status, steps, checkpoint } = readSummary(path.join(folder, 'terminated'));
    expect(status).toBe('interrupted');
    expect(checkpoint).toContain(String(steps));
  });

  it.concurrent('a second Ctrl-C leaves at once, whatever the workers do', async () => {
    const running = launch('twice');
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    // They cannot finish the running step, so the first one has something to wait for.
    for (const worker of workers) process.kill(worker, 'SIGSTOP');
    running.child.kill('SIGINT');
    await running.line(isEvent('stopping'));
    const signalled = performance.now();
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    expect(performance.now() - signalled).toBeLessThan(1000);
    expect(await allGone(workers, 1000)).toBe(true);
  });
});
