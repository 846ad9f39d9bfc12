import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../e2e/gradsocket.ts';
import { atAnyRank, Drill, undisturbed } from './drill.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder);
});

describe('a worker that comes later', () => {
  it.concurrent.each(['mesh', 'star'])(
    'is healed by one that is there; one that dies while it is healed harms nobody (%s)',
    async (topology) => {
      const flags = ['--topology', topology, '--min-workers', '2'];
      const drill = await Drill.begin({ folder, name: `healed ${topology}`, workers: 2, flags });
      await drill.joinAll({ 1: atAnyRank('exit', 7, 'half-sent') });
      await drill.event('workerLost', ({ worker }: { worker: string }) => worker === 'w1');
      await drill.join('w2', atAnyRank('exit', 0, 'healing')).finished;
      drill.join('w3');
      const { generations } = await drill.ends(digest, ['w1', 'w2']);
      expect(generations).toBe(2);
      expect(await drill.event('workerHealed')).toMatchObject({ worker: 'w3', source: 'w0' });
    },
  );

  it.concurrent('begins anew from the newest checkpoint where all who held more are gone', async () => {
    const drill = await Drill.begin({ folder, name: 'nobody', workers: 2, flags: ['--min-workers', '2'] });
    await drill.joinAll({ 1: atAnyRank('exit', 9, 'all-sent') });
    await drill.event('workerLost', ({ worker }: { worker: string }) => worker === 'w1');
    // It waits for another, and holds more than is saved.
    drill.workers.get('w0')!.child.kill('SIGKILL');
    await drill.event('workerLost', ({ worker }: { worker: string }) => worker === 'w0');
    drill.join('w2');
    drill.join('w3');
    await drill.ends(digest, ['w0', 'w1']);
  });

  it.concurrent('stands by as a spare, and takes the place of one that is lost', async () => {
    const flags = ['--min-workers', '2', '--max-workers', '2'];
    const drill = await Drill.begin({ folder, name: 'spare', workers: 2, flags });
    drill.join('w0');
    drill.join('w1', atAnyRank('exit', 3, 'half-sent'));
    await drill.event('workerLost', ({ worker }: { worker: string }) => worker === 'w1');
    drill.join('w2');
    await drill.ends(digest, ['w1']);
  });
});
