import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MAIN, readSummary, start, temporaryFolder } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';
import { jobOf } from './drill.ts';
import { isEvent } from './events.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

function launch(name: string, job: readonly string[] = jobOf(300)) {
  return start(['launch', '--run-dir', path.join(folder, name), '--json', '--workers', '2', ...job]);
}

/** Writes none by itself, for long. */
const FEW_CHECKPOINTS = [
  ...['--engine', 'wasm', '--threads', '1', '--channels', '4', '--dense', '8', '--batch', '256'],
  ...['--epochs', '300', '--checkpoint-every', '1000', '--eval-every', '1000'],
];

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

  it.concurrent('one that comes twice at once, as timeout sends it to the program and to its group, is one', async () => {
    const running = launch('at-once');
    await running.line(isEvent('step'));
    for (let times = 0; times < 2; times++) running.child.kill('SIGTERM');
    expect((await running.finished).code).toBe(130);
    expect(readSummary(path.join(folder, 'at-once')).checkpoint).not.toBeNull();
  });

  it.concurrent('what asks for a checkpoint gets one, and the run goes on', async () => {
    const running = launch('saved', FEW_CHECKPOINTS);
    await running.line(isEvent('step'));
    running.child.kill('SIGUSR1');
    const saved = JSON.parse(await running.line(isEvent('checkpoint'))) as { readonly step: number };
    await running.line(
      (line) => isEvent('step')(line) && (JSON.parse(line) as { readonly step: number }).step > saved.step,
    );
    running.child.kill('SIGTERM');
    expect((await running.finished).code).toBe(130);
  });

  it.concurrent('Ctrl-C at a worker that another program forked, which has a channel to it as launch has, lets it leave', async () => {
    const few = [...jobOf(300), '--workers', '1', '--json', '--listen', '127.0.0.1:0'];
    const coordinator = start(['coordinator', '--run-dir', path.join(folder, 'forked'), ...few]);
    const { url } = JSON.parse(await coordinator.line(isEvent('listening'))) as { readonly url: string };
    const worker = fork(MAIN, ['worker', '--coordinator', url, '--engine', 'wasm', '--quiet'], { stdio: 'ignore' });
    const ended = once(worker, 'exit');
    await coordinator.line(isEvent('step'));
    worker.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    coordinator.child.kill('SIGTERM');
    expect((await coordinator.finished).code).toBe(130);
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
    // Those of the first quarter of a second count as one.
    const insisting = setInterval(() => running.child.kill('SIGINT'), 100);
    expect((await running.finished).code).toBe(130);
    clearInterval(insisting);
    expect(performance.now() - signalled).toBeLessThan(1000);
    expect(await allGone(workers, 1000)).toBe(true);
  });
});
