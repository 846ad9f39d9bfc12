import { describe, expect, it } from 'vitest';
import { CLAIMED, type Claim, decideClaim, takenBetween } from '../../../src/cli/run/core-claim.ts';
import type { CoreUse } from '../../../src/cli/run/core-use.ts';

/** After looks that found so much taken by others; with all that was said on the way. */
function after(looks: readonly (number | null)[], from: Claim = CLAIMED): { claim: Claim; said: string[] } {
  const said: string[] = [];
  let claim = from;
  for (const taken of looks) {
    const change = decideClaim(claim, taken);
    claim = change.claim;
    if (change.why !== null) said.push(change.why);
  }
  return { claim, said };
}
const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

describe('the claim on cores of their own', () => {
  it('is given up where others take a good part of a core for a second, and says how much', () => {
    const { claim, said } = after([0, 0.5, 0.52]);
    expect(claim.bound).toBe(false);
    expect(said).toEqual([
      'other programs take 0.5 of a core from the workers: they keep to cores of their own no longer',
    ]);
  });

  it('survives a burst, a little, and what nobody knows', () => {
    for (const looks of [[0.9, 0, 0.9, 0.2, 0.9, 0.05], times(100, 0.2), times(100, null)]) {
      expect(after(looks)).toMatchObject({ claim: { bound: true }, said: [] });
    }
  });

  it('is made again once nobody took much for five seconds', () => {
    const free = after(times(2, 1)).claim;
    expect(after(times(9, 0.02), free).claim.bound).toBe(false);
    const { claim, said } = after(times(10, 0.02), free);
    expect(claim.bound).toBe(true);
    expect(said).toEqual(['nobody else uses the cores any more: workers keep to cores of their own again']);
    expect(after([...times(9, 0.02), 0.15, ...times(9, 0.02)], free).claim.bound).toBe(false);
  });

  it('waits longer each time that others come back soon, up to a minute, and forgets that after a calm one', () => {
    let { claim } = after(times(2, 1));
    const patiences = [claim.patience];
    for (let again = 0; again < 6; again++) {
      claim = after([...times(claim.patience, 0), 1, 1], claim).claim;
      expect(claim.bound).toBe(false);
      patiences.push(claim.patience);
    }
    expect(patiences).toEqual([10, 20, 40, 80, 120, 120, 120]);
    expect(after([...times(120, 0), ...times(130, 0), 1, 1], claim).claim.patience).toBe(10);
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

  it('is what they compute while a worker wants to', () => {
    const use = half({
      busy: 51,
      own: 40.5,
      waited: new Map([
        [7, 1.02],
        [8, 2.25],
      ]),
    });
    expect(takenBetween(before, use)).toBeCloseTo(0.5);
  });

  it('is nothing where they use what workers leave, or workers wait for each other', () => {
    expect(takenBetween(before, half({ busy: 51, own: 40.5 }))).toBe(0);
    expect(
      takenBetween(
        before,
        half({
          busy: 51,
          own: 41,
          waited: new Map([
            [7, 1.5],
            [8, 2.5],
          ]),
        }),
      ),
    ).toBe(0);
  });

  it('is also what the host gives to other machines', () => {
    expect(takenBetween(before, half({ stolen: [1.2, 2.1] }))).toBeCloseTo(0.4);
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
