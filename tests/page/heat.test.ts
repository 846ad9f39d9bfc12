import { expect, it } from 'vitest';
import { heatOf, heatSummary, heightOf, withLooks } from '../../src/page/heat.ts';
import type { Inspection } from '../../src/shared/protocol/inspection.ts';

/** A look at a network of two layers, whose gradients have these norms. */
function look(step: number, first: number | null, last: number): Inspection {
  const layer = (name: string, norm: number | null) => ({ name, gradient: { norm }, update: { ratio: 0.001 } });
  const activation = { name: 'act1', function: 'sigmoid', dead: 0, saturated: 0.25 };
  return {
    step,
    layers: [layer('conv1', first), layer('dense', last)],
    activations: [activation],
  } as unknown as Inspection;
}

it('rows are layers by depth, columns steps; norms stand by their powers of ten', () => {
  const heat = heatOf([look(1, 0.01, 1), look(2, 0.1, 10)], 'gradient')!;
  expect(heat.steps).toEqual([1, 2]);
  expect(heat.rows).toEqual([
    { name: 'conv1', values: [0.01, 0.1] },
    { name: 'dense', values: [1, 10] },
  ]);
  expect([0.01, 0.1, 10, 0, null].map((value) => heightOf(value, heat))).toEqual([
    0,
    expect.closeTo(1 / 3, 9),
    1,
    null,
    null,
  ]);
});

it('what comes twice is held once, and of more than are drawn every second one goes', () => {
  const looks = Array.from({ length: 81 }, (_, n) => look(n + 1, 1, 1));
  const some = withLooks([], looks.slice(0, 50));
  expect(withLooks(some, looks.slice(40, 80))).toEqual(looks.slice(0, 80));
  const thinned = withLooks(some, looks.slice(50)).map(({ step }) => step);
  expect([thinned.length, thinned.at(0), thinned.at(-1)]).toEqual([41, 1, 81]);
});

it('of many looks some are drawn, the newest among them', () => {
  const heat = heatOf(
    Array.from({ length: 400 }, (_, n) => look(n + 1, 1, 1)),
    'gradient',
  )!;
  expect(heat.steps.length).toBeLessThanOrEqual(80);
  expect(heat.steps.at(-1)).toBe(400);
});

it('gradients that vanish or explode are said to, others are not', () => {
  const said = (first: number, last: number): string =>
    heatSummary(heatOf([look(7, first, last)], 'gradient')!, 'gradient');
  expect(said(1e-6, 1)).toMatch(/After step 7: conv1 1\.00e-6, dense 1\. The first layer has 1\.00e-6 .* vanishes/);
  expect(said(5e4, 1)).toMatch(/explodes/);
  expect(said(0.1, 1)).not.toMatch(/vanishes|explodes/);
});

it('shares go from none to all, and what was not seen is nothing', () => {
  const heat = heatOf([look(1, null, 1)], 'saturated')!;
  expect([heat.low, heat.high, heightOf(0.25, heat)]).toEqual([0, 1, 0.25]);
  expect(heatOf([look(1, 1, 1)], 'dead')).toBeNull();
  expect(heatOf([], 'gradient')).toBeNull();
});
