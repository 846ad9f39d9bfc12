import { expect, it } from 'vitest';
import { meanInterval, shareInterval } from '../../../../src/cli/sweep/results/interval.ts';

it("gives Wilson's interval of a share, as statsmodels does", () => {
  // proportion_confint(103, 200, method='wilson')
  expect(shareInterval(103 / 200, 200, 1.959964).low).toBeCloseTo(0.44612, 4);
  expect(shareInterval(103 / 200, 200, 1.959964).high).toBeCloseTo(0.58333, 4);
  expect(shareInterval(1, 50, 1.959964)).toEqual({ low: expect.closeTo(0.92865, 4), high: expect.closeTo(1, 9) });
});

it("gives Student's interval of a mean, and none for one value", () => {
  // scipy.stats.t.interval(0.95, 3, loc=mean, scale=sem)
  const { low, high } = meanInterval([0.01, 0.03, 0.02, 0.04])!;
  expect([low, high]).toEqual([expect.closeTo(0.004457, 5), expect.closeTo(0.045543, 5)]);
  expect(meanInterval([0.3])).toBeNull();
  expect(meanInterval(Array.from({ length: 101 }, (_, n) => n))?.low).toBeCloseTo(50 - 1.984 * 2.9155, 2);
});
