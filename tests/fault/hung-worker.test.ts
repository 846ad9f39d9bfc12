import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSummary, start, temporaryFolder } from '../e2e/gradsocket.ts';
import { allGone, childrenOf } from '../e2e/processes.ts';
import { atAnyRank, Drill, jobOf, undisturbed } from './drill.ts';
import { isEvent } from './events.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder);
});

const QUICK = ['--stall-seconds', '1'];

describe('a worker that hangs', () => {
  it.concurrent('as a whole is named and left behind; when it wakes up it comes back', async () => {
    const drill = await Drill.begin({ folder, name: 'stopped', workers: 3, flags: QUICK });
    await drill.joinAll({ 1: atAnyRank('stop', 7, 'half-sent') });
    expect(await drill.event('workerLost')).toMatchObject({ worker: 'w1' });
    drill.workers.get('w1')!.child.kill('SIGCONT');
    // The run may be over before it is back.
    await drill.ends(digest, [], { late: ['w1'] });
  });

  it.concurrent('only with its engine is named and left behind, too', async () => {
    const drill = await Drill.begin({ folder, name: 'engine', workers: 3, flags: QUICK });
    await drill.joinAll({ 1: atAnyRank('hang', 7, 'computing') });
    expect(await drill.event('workerLost')).toMatchObject({ worker: 'w1' });
    await drill.ends(digest, [], { late: ['w1'] });
  });

  it.concurrent('does not keep Ctrl-C from leaving in time with what the others hold', async () => {
    const runDir = path.join(folder, 'interrupted');
    const running = start(['launch', '--run-dir', runDir, '--json', '--workers', '2', ...jobOf(300)]);
    await running.line(isEvent('step'));
    const workers = childrenOf(running.child.pid!);
    process.kill(workers[0]!, 'SIGSTOP');
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    expect(await allGone(workers, 1000)).toBe(true);
    const { status, steps, checkpoint } = readSummary(runDir);
    expect(status).toBe('interrupted');
    expect(checkpoint).toContain(String(steps));
  });
});
