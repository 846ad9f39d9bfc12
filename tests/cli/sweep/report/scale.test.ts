import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoLines } from '../../../../src/cli/sweep/report/heat-maps.ts';
import { accuracyScale, linearScale, logScale } from '../../../../src/cli/sweep/report/scale.ts';

describe('accuracyScale', () => {
  it('rises with the accuracy and stays on its span, whatever there is to show', () => {
    const accuracy = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(accuracy, { minLength: 1 }), (values) => {
        const { at, ticks } = accuracyScale(values, [0, 100]);
        const places = values.toSorted((a, b) => a - b).map(at);
        for (const [index, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(-1e-6);
          expect(place).toBeLessThanOrEqual(100 + 1e-6);
          if (index > 0) expect(place).toBeGreaterThanOrEqual(places[index - 1]! - 1e-9);
        }
        for (const tick of ticks) expect(tick.at).toBeGreaterThanOrEqual(-1e-6);
      }),
    );
  });

  it('gives 95 to 98 % about as much room as 80 to 90 % where runs lie far apart, and is linear where they do not', () => {
    const wide = accuracyScale([0.1, 0.99], [0, 100]).at;
    expect((wide(0.98) - wide(0.96)) / (wide(0.96) - wide(0.92))).toBeCloseTo(1);
    const close = accuracyScale([0.95, 0.97], [0, 100]).at;
    expect((close(0.97) - close(0.96)) / (close(0.96) - close(0.95))).toBeCloseTo(1);
  });
});

it('linear ticks are round and lie within', () => {
  expect(linearScale([0, 184], [0, 184], 5).ticks).toEqual([0, 50, 100, 150].map((at) => ({ at, label: String(at) })));
  expect(linearScale([0, 0], [0, 10], 5).ticks.length).toBeGreaterThan(0);
});

it('steps have whole ticks alone, and a narrow logarithmic scale has some, too', () => {
  const labels = (scale: { readonly ticks: readonly { readonly label: string }[] }) =>
    scale.ticks.map(({ label }) => label);
  expect(labels(linearScale([1, 2], [0, 100], 8, true))).toEqual(['1', '2']);
  expect(labels(linearScale([1, 300], [0, 100], 8, true))).toEqual(['50', '100', '150', '200', '250', '300']);
  const narrow = logScale([0.62, 0.68], [0, 100]);
  expect(narrow.ticks.length).toBeGreaterThan(1);
  for (const { at, label } of narrow.ticks) expect(at).toBeCloseTo(narrow.at(Number(label)));
});

it('log ticks are powers of ten, with 2 and 5 between where these would be too few; values beyond stand at the ends', () => {
  expect(logScale([0.01, 10], [30, 0]).ticks.map(({ label }) => label)).toEqual(['0.01', '0.1', '1', '10']);
  expect(logScale([0.5, 3], [30, 0]).ticks.map(({ label }) => label)).toEqual(['0.5', '1', '2']);
  expect(logScale([0.01, 10], [30, 0]).at(1e9)).toBe(0);
  expect(logScale([0.01, 10], [30, 0]).at(0)).toBe(30);
});

it('what goes to infinity has few ticks, which are short', () => {
  const { ticks } = logScale([1e-3, 1e30], [300, 0]);
  expect(ticks.map(({ label }) => label)).toEqual(['1', '100000', '1e10', '1e15', '1e20', '1e25', '1e30']);
  expect(linearScale([0, 4e12], [300, 0], 4).ticks.map(({ label }) => label)).toEqual([
    '0',
    '1e12',
    '2e12',
    '3e12',
    '4e12',
  ]);
});

it('long names of levels stand in two lines', () => {
  expect(['relu', 'leaky_relu', 'random_normal', 'abcdefghijklmnop'].map(twoLines)).toEqual([
    ['relu'],
    ['leaky_relu'],
    ['random_', 'normal'],
    ['…hijklmnop'],
  ]);
});
