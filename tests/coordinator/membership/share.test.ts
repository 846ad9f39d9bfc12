import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealBySpeed, rangesOf, secondsOf } from '../../../src/coordinator/membership/deal.ts';
import { seat } from '../../../src/coordinator/membership/seating.ts';
import { dealtAt, share, type Shared } from '../../../src/coordinator/membership/share.ts';
import { SLICES } from '../../../src/coordinator/progress/speeds.ts';
import { dealMicrobatches } from '../../../src/shared/plan/microbatches.ts';

describe('a deal by speed', () => {
  it.each([
    { microbatches: 4, speeds: [10, 10], counts: [2, 2] },
    { microbatches: 4, speeds: [10, 4], counts: [3, 1] },
    // Three of them would take the fast one as long as two take the slow one.
    { microbatches: 4, speeds: [15, 10], counts: [2, 2] },
    { microbatches: 8, speeds: [10, 10, 4], counts: [4, 3, 1] },
    { microbatches: 8, speeds: [4, 10, 10], counts: [1, 4, 3] },
    { microbatches: 32, speeds: [10, 10, 10, 5], counts: [10, 9, 9, 4] },
    // Whoever holds none could not show that it is fast again.
    { microbatches: 4, speeds: [1_000, 1], counts: [3, 1] },
    { microbatches: 2, speeds: [1, 2, 3], counts: [1, 1, 0] },
    { microbatches: 7, speeds: [null, null, null], counts: [3, 2, 2] },
    // One that joins counts as fast as the others are.
    { microbatches: 8, speeds: [10, null, 2.5], counts: [4, 3, 1] },
  ])('of $microbatches at $speeds is $counts', ({ microbatches, speeds, counts }) => {
    expect(dealBySpeed(microbatches, speeds)).toEqual(counts);
  });

  it('deals each microbatch once, in the order of ranks, and is never slower than an even one', () => {
    const speed = fc.double({ min: 0.1, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.nat(64), fc.array(speed, { minLength: 1, maxLength: 9 }), (microbatches, speeds) => {
        const counts = dealBySpeed(microbatches, speeds);
        const even = dealMicrobatches(microbatches, speeds.length).map(({ start, end }) => end - start);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(microbatches);
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.min(1, ...even));
        expect(secondsOf(counts, speeds)).toBeLessThanOrEqual(secondsOf(even, speeds));
        let end = 0;
        for (const range of rangesOf(counts)) {
          expect(range.start).toBe(end);
          ({ end } = range);
        }
        expect(end).toBe(microbatches);
      }),
    );
  });

  it('is what new members are seated with where their speeds are known', () => {
    const candidates = ['w1', 'w2'].map((id) => ({ id, name: `worker-${id}`, address: 'h:1' }));
    expect(seat(candidates, 4, 'auto')).toMatchObject({ shares: null });
    const speeds = new Map([
      ['w1', 2],
      ['w2', 10],
    ]);
    expect(seat(candidates, 4, 'auto', speeds)).toMatchObject({
      shares: 'microbatches by speed: worker-w1 1, worker-w2 3',
      microbatches: [
        { start: 0, end: 1 },
        { start: 1, end: 4 },
      ],
    });
  });
});

/** Members that hold so many microbatches and take so many seconds for them, in each slice. */
function watched(
  held: readonly number[],
  slices: readonly (readonly number[])[],
  more: Partial<Shared> & { readonly rest?: number } = {},
): Shared {
  const { rest = 0.01, ...others } = more;
  const ids = held.map((_, rank) => `w${rank}`);
  const middle = (rank: number): number =>
    slices.map((busy) => busy[rank]!).toSorted((a, b) => a - b)[slices.length >> 1]!;
  return {
    members: ids.map((id, rank) => ({ id, name: `worker-${rank}`, held: held[rank]! })),
    observed: {
      slices: slices.map((busy) => {
        const total = Math.max(...busy) + rest;
        return new Map(ids.map((id, rank) => [id, { busy: busy[rank]!, total }]));
      }),
      speeds: new Map(ids.map((id, rank) => [id, held[rank]! / middle(rank)])),
    },
    stepsLeft: 10_000,
    last: null,
    ...others,
  };
}

const always = (...busy: readonly number[]) => Array.from({ length: SLICES }, () => busy);
const NOW = 1_000_000;

describe('whether a slow member gets fewer microbatches', () => {
  it('names it, with what it takes and what the others take', () => {
    expect(share(watched([2, 2], always(0.25, 0.6)), NOW)).toEqual({
      deal: [3, 1],
      why: 'worker-1 is slow: 600 ms for 2 of 4 microbatches, the others take 250 ms',
    });
    expect(share(watched([2, 2, 2, 2], always(1, 1, 3, 1)), NOW)).toMatchObject({ deal: [3, 2, 1, 2] });
  });

  it('and more again once it is as fast as the others', () => {
    expect(share(watched([3, 1], always(0.375, 0.125)), NOW)).toMatchObject({ deal: [2, 2] });
  });

  it.each([
    ['nobody is slow', watched([2, 2], always(0.25, 0.28)), /nobody/],
    ['only coarse deals are there, and none helps', watched([2, 2], always(0.25, 0.3)), /no other deal/],
    ['it holds one microbatch only', watched([3, 1], always(0.3, 0.9)), /no other deal/],
    ['the step hardly depends on it', watched([2, 2], always(0.25, 0.6), { rest: 10 }), /no other deal/],
    ['nothing is left to gain', watched([2, 2], always(0.25, 0.6), { stepsLeft: 10 }), /no other deal/],
    ['it has not been watched for long enough', watched([2, 2], always(0.25, 0.6).slice(1)), /too little/],
    ['there is nobody else', watched([4], always(1)), /too little/],
    ['it is slow now and then', watched([2, 2], [...always(0.25, 0.6).slice(1), [0.25, 0.26]]), /nobody/],
    [
      'now one is slow, now the other',
      watched([2, 2], [...always(0.25, 0.6).slice(3), ...always(0.6, 0.25).slice(3)]),
      /nobody/,
    ],
    [
      'it was a short time ago',
      watched([2, 2], always(0.25, 0.6), { last: dealtAt(null, NOW - 119_999) }),
      /short time ago/,
    ],
  ])('not where %s', (_, shared, why) => {
    const { deal, why: said } = share(shared, NOW);
    expect(deal).toBeNull();
    expect(said).toMatch(why);
  });

  it('again after two minutes, and each time after twice as long', () => {
    const first = dealtAt(null, NOW);
    expect(share(watched([2, 2], always(0.25, 0.6), { last: first }), NOW + 120_000).deal).not.toBeNull();
    const second = dealtAt(first, NOW);
    expect(share(watched([2, 2], always(0.25, 0.6), { last: second }), NOW + 239_999).deal).toBeNull();
    expect(share(watched([2, 2], always(0.25, 0.6), { last: second }), NOW + 240_000).deal).not.toBeNull();
    let last = second;
    for (let n = 0; n < 20; n++) last = dealtAt(last, NOW);
    expect(last.quietMs).toBe(32 * 60_000);
  });
});
