import { describe, expect, it } from 'vitest';
import { CHAOS_KINDS, parseChaos } from '../../../src/cli/chaos/spec.ts';

describe('a schedule of faults', () => {
  it('lists faults by step and rank, in any order, each as long as its kind lasts unless told otherwise', () => {
    expect(parseChaos(' stop@step=9, rank=0 ,seconds=0.5 ;kill@step=5,rank=1; delay@rank=2,step=9;', 3)).toEqual({
      listed: [
        { kind: 'kill', step: 5, rank: 1, seconds: 0 },
        { kind: 'stop', step: 9, rank: 0, seconds: 0.5 },
        { kind: 'delay', step: 9, rank: 2, seconds: 1 },
      ],
      random: null,
    });
  });

  it('takes every kind there is', () => {
    const text = CHAOS_KINDS.map((kind) => `${kind}@step=1,rank=0`).join(';');
    expect(parseChaos(text, 1).listed.map(({ kind }) => kind)).toEqual([...CHAOS_KINDS]);
  });

  it('may be random, of some kinds, beside what is listed', () => {
    expect(parseChaos('random:seed=7,every=20s,kinds=kill+stop+drop', 2)).toEqual({
      listed: [],
      random: { seed: 7, every: 20, kinds: ['kill', 'stop', 'drop'], seconds: null },
    });
    const both = parseChaos('kill@step=1,rank=0; random:seed=0,every=0.5,seconds=2', 2);
    expect(both.listed).toHaveLength(1);
    // What ends a run comes only where it is asked for.
    expect(both.random).toMatchObject({ every: 0.5, seconds: 2, kinds: ['kill', 'stop', 'drop', 'delay', 'slow'] });
  });

  it.each([
    ['kil@step=5,rank=1', "there is no fault 'kil'; did you mean kill?"],
    ['explode@step=5,rank=1', "there is no fault 'explode'; there are kill, stop, drop, delay, slow, corrupt."],
    ['kill', 'a fault is written as kill@step=5,rank=1.'],
    ['kill@step=5', 'rank is missing.'],
    ['kill@rank=1', 'step is missing.'],
    ['kill@step=5,rank=2', 'there is no worker-2, as --workers is 2.'],
    ['kill@step=5,rank=1,seconds=3', 'kill takes no seconds.'],
    ['stop@step=5,rank=1,second=3', "'second' is none of step, rank, seconds."],
    ['stop@step=5.5,rank=1', 'step=5.5 is no whole number of at least 0.'],
    ['stop@step=-1,rank=1', 'step=-1 is no whole number of at least 0.'],
    ['stop@step=5,rank=1,seconds=long', 'seconds=long is no number of at least 0.'],
    ['stop@step=5,step=6,rank=1', 'step is there twice.'],
    ['stop@step=,rank=1', 'step wants a value, as in step=5.'],
    ['random:seed=7', 'every is missing.'],
    ['random:every=20s', 'seed is missing.'],
    ['random:seed=1,every=0s', 'every has to be above 0.'],
    ['random:seed=1,every=5s,kinds=kill+', "there is no fault ''"],
    ['random:seed=1,every=5s;random:seed=2,every=5s', 'there is one random schedule already.'],
    [';', 'it names no fault.'],
  ])('%s is refused with what is wrong', (text, why) => {
    expect(() => parseChaos(text, 2)).toThrow(
      expect.objectContaining({ code: 'CHAOS_SPEC', exitCode: 64, message: expect.stringContaining(why) }),
    );
  });
});
