import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSummary, start, temporaryFolder, train } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const job = [
  '--channels',
  '4,8',
  '--dense',
  '16',
  '--threads',
  '1',
  '--microbatches',
  '3',
  '--engine',
  'wasm',
  '--epochs',
  '30',
];

const isStep = (line: string): boolean => (JSON.parse(line) as { type: string }).type === 'step';

describe('a killed process', () => {
  it.each(['mesh', 'star'])(
    'a worker: the run ends with a sentence, a checkpoint to resume from and no process left (%s)',
    async (topology) => {
      const flags = [...job, '--topology', topology];
      const whole = await train(path.join(folder, `whole ${topology}`), [...flags, '--workers', '2']);
      const runDir = path.join(folder, `worker killed ${topology}`);
      const running = start(['launch', '--run-dir', runDir, '--json', '--workers', '3', ...flags]);
      await running.line(isStep);
      const workers = childrenOf(running.child.pid!);
      expect(workers).toHaveLength(3);
      process.kill(workers[1]!, 'SIGKILL');
      const { code, stderr } = await running.finished;
      expect(code).toBe(75);
      expect(stderr).toMatch(/worker/i);
      expect(stderr).toContain('--resume');
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(await allGone(workers, 5000)).toBe(true);
      const failed = readSummary(runDir);
      expect(failed.status).toBe('failed');
      expect(failed.checkpoint).not.toBeNull();
      const resumed = await train(runDir, ['--resume', '--workers', '2']);
      expect(resumed.weightsDigest).toBe(whole.weightsDigest);
    },
  );

  it('the coordinator: workers leave by themselves, and the run resumes from its last checkpoint', async () => {
    const whole = await train(path.join(folder, 'whole'), [...job, '--workers', '2']);
    const runDir = path.join(folder, 'coordinator killed');
    const running = start([
      'launch',
      '--run-dir',
      runDir,
      '--json',
      '--workers',
      '2',
      '--checkpoint-every',
      '5',
      ...job,
    ]);
    await running.line((line) => (JSON.parse(line) as { type: string }).type === 'checkpoint');
    const workers = childrenOf(running.child.pid!);
    running.child.kill('SIGKILL');
    await running.finished;
    expect(await allGone(workers, 10_000)).toBe(true);
    const resumed = await train(runDir, ['--resume', '--workers', '2']);
    expect(resumed.weightsDigest).toBe(whole.weightsDigest);
  });
});
