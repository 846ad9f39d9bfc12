import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../e2e/gradsocket.ts';
import { atAnyRank, Drill, undisturbed } from './drill.ts';
import { ALL_FAULTS, type Point, POINTS } from './points.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder);
});

/** The step after whose commit an evaluation and a checkpoint are due. */
const STEP = 11;
const pairs = POINTS.flatMap((first, i) => POINTS.slice(i).map((second) => ({ first, second })));
const chosen = pairs.filter((_, index) => index % 9 === 3);

function exitAt(point: Point): string {
  return atAnyRank('exit', point === 'checkpointing' || point === 'evaluating' ? STEP + 1 : STEP, point);
}

describe('two workers that are killed in one step', () => {
  it.concurrent.each(ALL_FAULTS ? pairs : chosen)(
    '$first and $second: the third one goes on to the weights of an undisturbed run',
    async ({ first, second }) => {
      const topology = POINTS.indexOf(first) % 2 === 0 ? 'mesh' : 'star';
      const name = `${first} ${second}`;
      const drill = await Drill.begin({ folder, name, workers: 3, flags: ['--topology', topology] });
      await drill.joinAll({ 1: exitAt(first), 2: exitAt(second) });
      await drill.ends(digest, ['w1', 'w2']);
    },
  );
});
