import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../e2e/gradsocket.ts';
import { Drill, jobOf, undisturbed } from './drill.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** Long enough for a coordinator to come back in its middle. */
const LONG = jobOf(60);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder, LONG);
});

describe('a coordinator that is killed', () => {
  it.concurrent.each(['mesh', 'star'])(
    'comes back with the same folder; its workers have not left, and nothing is lost (%s)',
    async (topology) => {
      const flags = ['--topology', topology];
      const drill = await Drill.begin({ folder, name: topology, workers: 2, job: LONG, flags });
      await drill.joinAll();
      await drill.step(20);
      drill.coordinator.child.kill('SIGKILL');
      await drill.coordinator.finished;
      await drill.lead([]);
      const { generations } = await drill.ends(digest, []);
      // In a mesh nobody even stopped for it; in a star, whose sums it makes, all go on as soon as they are back.
      expect(generations).toBe(topology === 'mesh' ? 1 : 2);
    },
  );

  it.concurrent('along with all its workers: the run goes on, with others and another number of them', async () => {
    const drill = await Drill.begin({ folder, name: 'everything', workers: 2, job: LONG });
    await drill.joinAll();
    await drill.step(50);
    for (const { child } of [drill.coordinator, ...drill.workers.values()]) child.kill('SIGKILL');
    await Promise.all([drill.coordinator, ...drill.workers.values()].map(({ finished }) => finished));
    await drill.lead([], 3);
    for (const name of ['w2', 'w3', 'w4']) drill.join(name);
    await drill.ends(digest, ['w0', 'w1']);
  });
});
