import { describe, expect, it } from 'vitest';
import { rangePlot } from '../../../../src/cli/run/rate/plot.ts';
import { rateIn, type Tried } from '../../../../src/cli/run/rate/range.ts';

/** A hundred rates from 1e-5 to 1. */
function tried(lossAt: (rate: number, index: number) => number): readonly Tried[] {
  return Array.from({ length: 100 }, (_, i) => {
    const rate = 10 ** (-5 + (5 * i) / 99);
    return { rate, loss: lossAt(rate, i) };
  });
}

/** Falls around 0.01 and leaves all bounds at 0.3; every other batch is a little harder. */
const usual = tried(
  (rate, i) => 0.7 - 0.4 / (1 + (0.01 / rate) ** 2) + 0.03 * (i % 2) + (rate > 0.3 ? 1000 * rate : 0),
);

describe('the rate of a range test', () => {
  it('is one at which the loss falls, below the one at which it is lowest', () => {
    const found = rateIn(usual)!;
    expect(found.rate).toBeGreaterThan(0.005);
    expect(found.rate).toBeLessThan(0.05);
    expect(found.rate).toBe(Number(found.rate.toPrecision(2)));
    // What came after the losses left all bounds says nothing.
    expect(found.curve.at(-1)!.rate).toBeLessThan(0.5);
  });

  it('does not mind losses that are no numbers any more', () => {
    const broken = usual.map(({ rate, loss }) => ({ rate, loss: rate > 0.3 ? Number.NaN : loss }));
    expect(rateIn(broken)?.rate).toBe(rateIn(usual)?.rate);
  });

  it('is none where the loss never falls, as with weights of zero, or where it broke at once', () => {
    expect(rateIn(tried(() => Math.LN2))).toBeNull();
    expect(rateIn(tried((rate) => 0.7 + rate))).toBeNull();
    expect(rateIn(usual.slice(0, 5))).toBeNull();
  });

  it('is drawn with the losses it was taken from', () => {
    const svg = rangePlot(usual, rateIn(usual)!);
    expect(svg).toMatch(/^<svg xmlns/);
    expect(svg).toContain(`${rateIn(usual)!.rate} was taken`);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).not.toMatch(/href|script/);
  });
});
