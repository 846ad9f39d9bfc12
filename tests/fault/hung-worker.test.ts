import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSummary, start, temporaryFolder, train } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';
import { WITHOUT_TENSORFLOW } from '../engine/tensorflow/installed.ts';
import { isEvent } from './events.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job = '--channels 4,8 --dense 16 --threads 1 --microbatches 3 --epochs 30'.split(' ');

describe('a worker that hangs', () => {
  it.each(WITHOUT_TENSORFLOW ? ['wasm'] : ['wasm', 'tensorflow'])(
    'is named, and the run ends with a checkpoint to resume from and no process left (%s)',
    async (engine) => {
      const flags = [...job, '--engine', engine];
      const whole = await train(path.join(folder, `whole ${engine}`), [...flags, '--workers', '2']);
      const runDir = path.join(folder, `stopped ${engine}`);
      const running = start([
        'launch',
        '--run-dir',
        runDir,
        '--json',
        '--workers',
        '2',
        '--stall-seconds',
        '1',
        ...flags,
      ]);
      await running.line(isEvent('step'));
      const workers = childrenOf(running.child.pid!);
      process.kill(workers[1]!, 'SIGSTOP');
      const { code, stderr } = await running.finished;
      expect(code).toBe(75);
      expect(stderr).toMatch(/Step \d+ did not end within [\d.]+ s: worker-1 \(.*\) does not answer\./);
      expect(stderr).toContain('--resume');
      expect(await allGone(workers, 1000)).toBe(true);
      const { steps, checkpoint } = readSummary(runDir);
      expect(checkpoint).toContain(String(steps));
      const resumed = await train(runDir, ['--resume', '--workers', '2']);
      expect(resumed.weightsDigest).toBe(whole.weightsDigest);
    },
  );

  it('is named, too, where only its engine hangs and the worker still answers', async () => {
    const runDir = path.join(folder, 'engine hangs');
    const flags = ['--json', '--workers', '3', '--stall-seconds', '1', '--engine', 'wasm', ...job];
    const running = start(['launch', '--run-dir', runDir, ...flags], { GRADSOCKET_FAULT: 'hang@step=5,rank=1' });
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    const { code, stderr } = await running.finished;
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /Step 5 did not end within [\d.]+ s: worker-1 \(\S+\) answers, but its engine is still at it\. Everything up to step 5 /,
    );
    expect(await allGone(workers, 1000)).toBe(true);
  });

  it('does not keep Ctrl-C from leaving in time with what the others hold', async () => {
    const runDir = path.join(folder, 'interrupted');
    const running = start(['launch', '--run-dir', runDir, '--json', '--workers', '2', '--engine', 'wasm', ...job]);
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    process.kill(workers[0]!, 'SIGSTOP');
    const signalled = performance.now();
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    expect(performance.now() - signalled).toBeLessThan(3000);
    expect(await allGone(workers, 1000)).toBe(true);
    const { status, steps, checkpoint } = readSummary(runDir);
    expect(status).toBe('interrupted');
    expect(checkpoint).toContain(String(steps));
  });
});
