import { afterAll, beforeAll, describe, it } from 'vitest';
import { temporaryFolder } from '../e2e/gradsocket.ts';
import { atAnyRank, Drill, undisturbed } from './drill.ts';
import { ALL_FAULTS, POINTS } from './points.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

let digest = '';
beforeAll(async () => {
  digest = await undisturbed(folder);
});

/** In the step after which both are due. */
const STEP = 5;
const JOB_PAIRS = POINTS.filter((point) => point !== 'checkpointing');
const pairs = JOB_PAIRS.flatMap((first, i) => JOB_PAIRS.slice(i).map((second) => ({ first, second })));
const chosen = pairs.filter((_, index) => index % 9 === 3);

describe('two workers that are killed in one step', () => {
  it.concurrent.each(ALL_FAULTS ? pairs : chosen)(
    '$first and $second: the third one goes on to the weights of an undisturbed run',
    async ({ first, second }) => {
      const topology = POINTS.indexOf(first) % 2 === 0 ? 'mesh' : 'star';
      const name = `${first} ${second}`;
      const drill = await Drill.begin({ folder, name, workers: 3, flags: ['--topology', topology] });
      await drill.joinInOrder({ 1: atAnyRank('exit', STEP - 1, first), 2: atAnyRank('exit', STEP - 1, second) });
      await drill.ends(digest, ['w1', 'w2']);
    },
  );
});
