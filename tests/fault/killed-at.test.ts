import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../e2e/gradsocket.ts';
import { atAnyRank, Drill, undisturbed } from './drill.ts';
import { ALL_FAULTS, type Point, POINTS, stepAt } from './points.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder);
});

/** Runs of so many workers that lose one after the other until one is left, each at another point. */
function descents(workers: number): Point[][] {
  const runs: Point[][] = [];
  for (let first = 0; first < POINTS.length; first += workers - 1) {
    runs.push(Array.from({ length: workers - 1 }, (_, n) => POINTS[(first + n) % POINTS.length]!));
  }
  return runs;
}

const whole = [2, 3, 4].flatMap((workers) =>
  ['mesh', 'star'].flatMap((topology) =>
    descents(workers).map((points) => ({
      name: `${workers} ${topology} ${points.join(' ')}`,
      workers,
      topology,
      points,
    })),
  ),
);
const part = whole.filter(({ workers, topology }) => workers === (topology === 'mesh' ? 4 : 3));

describe('workers that are killed one after the other', () => {
  it.concurrent.each(ALL_FAULTS ? whole : part)(
    '$name: the last one ends with the weights of an undisturbed run',
    async ({ name, workers, topology, points }) => {
      const drill = await Drill.begin({ folder, name, workers, flags: ['--topology', topology] });
      // Only rank 0 sends a checkpoint: whoever is to die there has it. The last one dies nowhere.
      const ranks = points.map((point, n) => ({ rank: point === 'checkpointing' ? 0 : workers - 1 - n, point, n }));
      const taken = new Set<number>();
      const faults: Record<number, string> = {};
      for (const { rank: wanted, point, n } of ranks) {
        const rank = taken.has(wanted) ? [...Array(workers).keys()].find((each) => !taken.has(each))! : wanted;
        taken.add(rank);
        faults[rank] = atAnyRank('exit', stepAt(point, n), point);
      }
      await drill.joinAll(faults);
      const lost = [...taken].map((rank) => `w${rank}`);
      const { generations } = await drill.ends(digest, lost);
      expect(generations).toBeGreaterThanOrEqual(workers);
    },
  );
});
