import { describe, expect, it } from 'vitest';
import { CLAIMED, type Claim, decideClaim, type Taken, takenBetween } from '../../../src/cli/run/core-claim.ts';
import type { CoreUse } from '../../../src/cli/run/core-use.ts';

/** After looks that found so much taken by others, of one worker where it is a number; with all that was said on the way. */
function after(looks: readonly (number | Taken | null)[], from: Claim = CLAIMED): { claim: Claim; said: string[] } {
  const said: string[] = [];
  let claim = from;
  for (const taken of looks) {
    const change = decideClaim(claim, typeof taken === 'number' ? { all: taken, uneven: taken } : taken);
    claim = change.claim;
    if (change.why !== null) said.push(change.why);
  }
  return { claim, said };
}
const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

describe('the claim on cores of their own', () => {
  it('is given up where others take a good part of a core from one worker for two seconds, and says how much', () => {
    const { claim, said } = after([0, 0.5, 0.5, 0.5, 0.52]);
    expect(claim.bound).toBe(false);
    expect(said).toEqual([
      'other programs take 0.5 of a core, from one worker more than from another: they keep to cores of their own no longer',
    ]);
  });

  it('survives a burst, a little, and what nobody knows', () => {
    for (const looks of [[0.9, 0, 0.9, 0.9, 0.9, 0.2, 0.9, 0.05], times(100, 0.2), times(100, null)]) {
      expect(after(looks)).toMatchObject({ claim: { bound: true }, said: [] });
    }
  });

  it('stays where they take as much from each worker', () => {
    expect(after(times(100, { all: 0.9, uneven: 0.1 }))).toMatchObject({ claim: { bound: true }, said: [] });
  });

  it('is not made again while they take from all alike', () => {
    expect(after(times(100, { all: 0.9, uneven: 0 }), after(times(4, 1)).claim).claim.bound).toBe(false);
  });

  it('is made again once nobody took much for five seconds', () => {
    const free = after(times(4, 1)).claim;
    expect(after(times(9, 0.02), free).claim.bound).toBe(false);
    const { claim, said } = after(times(10, 0.02), free);
    expect(claim.bound).toBe(true);
    expect(said).toEqual(['nobody else uses the cores any more: workers keep to cores of their own again']);
    expect(after([...times(9, 0.02), 0.15, ...times(9, 0.02)], free).claim.bound).toBe(false);
  });

  it('waits longer each time that others come back soon, up to a minute, and forgets that after a calm one', () => {
    let { claim } = after(times(4, 1));
    const patiences = [claim.patience];
    for (let again = 0; again < 6; again++) {
      claim = after([...times(claim.patience, 0), ...times(4, 1)], claim).claim;
      expect(claim.bound).toBe(false);
      patiences.push(claim.patience);
    }
    expect(patiences).toEqual([10, 20, 40, 80, 120, 120, 120]);
    expect(after([...times(120, 0), ...times(130, 0), ...times(4, 1)], claim).claim.patience).toBe(10);
  });
});

describe('what others take', () => {
  const before: CoreUse = {
    at: 100,
    busy: 50,
    own: 40,
    stolen: [1, 2],
    waited: new Map([
      [7, 1],
      [8, 2],
    ]),
  };
  const half = (changes: Partial<CoreUse>): CoreUse => ({ ...before, at: 100.5, ...changes });

  it('is what they compute while a worker wants to, and uneven where another wants to less', () => {
    const computed = (waited: ReadonlyMap<number, number>) => half({ busy: 51, own: 40.5, waited });
    const waits = (one: number, other: number) =>
      takenBetween(
        before,
        computed(
          new Map([
            [7, 1 + one],
            [8, 2 + other],
          ]),
        ),
      )!;
    expect(waits(0.02, 0.25)).toEqual({ all: expect.closeTo(0.5), uneven: expect.closeTo(0.46) });
    expect(waits(0.25, 0.25)).toEqual({ all: expect.closeTo(0.5), uneven: expect.closeTo(0) });
  });

  it('is nothing where they use what workers leave, or workers wait for each other', () => {
    const nothing = { all: 0, uneven: 0 };
    expect(takenBetween(before, half({ busy: 51, own: 40.5 }))).toEqual(nothing);
    const waited = new Map([
      [7, 1.1],
      [8, 2.5],
    ]);
    expect(takenBetween(before, half({ busy: 51, own: 41, waited }))).toEqual(nothing);
  });

  it('is also what the host gives to other machines', () => {
    const { all, uneven } = takenBetween(before, half({ stolen: [1.2, 2.1] }))!;
    expect([all, uneven]).toEqual([expect.closeTo(0.4), expect.closeTo(0.2)]);
  });

  it('is unknown where a worker is another process than before, or nothing was counted', () => {
    expect(
      takenBetween(
        before,
        half({
          waited: new Map([
            [7, 1],
            [9, 0],
          ]),
        }),
      ),
    ).toBeNull();
    expect(takenBetween(before, half({ waited: new Map([[7, 1]]) }))).toBeNull();
    expect(takenBetween(null, before)).toBeNull();
    expect(takenBetween(before, null)).toBeNull();
  });
});
