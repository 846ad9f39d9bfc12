import { expect, it } from 'vitest';
import { decadesOf, depthMap, evenly } from '../../../src/cli/picture/depth-map.ts';
import { drawFeatureMaps } from '../../../src/cli/picture/feature-maps.ts';
import { drawFilters } from '../../../src/cli/picture/filters.ts';
import { courses, spreadsPicture } from '../../../src/cli/picture/spreads.ts';
import { insidePlots } from '../../../src/cli/report/inside-plots.ts';
import { spreadOf } from '../../../src/worker/looking/spread.ts';
import { activation, inspection, layer } from '../sweep/results/inspections.ts';

const looks = [1, 2, 50].map((step) =>
  inspection({ step, layers: [layer('conv1', step === 50 ? 0 : 1e-6), layer('fc1', Number.NaN), layer('fc2', 0.5)] }),
);

it('draws a row for each layer, the head on top, a column for each look, zero in grey and what is no number as a cross', () => {
  expect(decadesOf(looks)).toEqual({ low: -6, high: 0, clipped: false });
  const vanished = inspection({ layers: [layer('conv1', 1e-17), layer('fc1', 5)] });
  expect(decadesOf([vanished])).toEqual({ low: -7, high: 1, clipped: false });
  const { text } = depthMap(looks)!;
  expect(text.indexOf('>fc2</text>')).toBeLessThan(text.indexOf('>conv1</text>'));
  expect(text.match(/<title>conv1, step /g)).toHaveLength(3);
  expect(text).toMatch(/conv1, step 50: 0\.0e\+0<\/title><rect[^>]*fill="#b9bec3"/);
  expect(text.match(/<path d="M[\d.]+ [\d.]+l10 10m0 -10l-10 10"/g)).toHaveLength(3);
  expect(text).not.toMatch(/="NaN|undefined|Infinity/);
  expect(depthMap([])).toBeNull();
});

it('a gradient that exploded in one run does not make those of all others look alike', () => {
  const usual = Array.from({ length: 9 }, (_, n) =>
    inspection({ step: n + 1, layers: [layer('conv1', 0.02 * (n + 1))] }),
  );
  const exploded = inspection({ step: 10, layers: [layer('conv1', 1e14)] });
  expect(decadesOf([...usual, exploded])).toEqual({ low: -2, high: 0, clipped: true });
  expect(depthMap([exploded], { low: -2, high: 0, clipped: true })!.text).toMatch(/fill="#fde725".*>≥ 1e0</);
});

it('draws how values are spread, also where there is one value or none', () => {
  const some = [
    inspection({ step: 1, activations: [activation('act1', { values: spreadOf(Float32Array.of(0, 0, 1, 3)) })] }),
    inspection({ step: 2, activations: [activation('act1', { values: spreadOf(Float32Array.of(2)) })] }),
    inspection({ step: 4, activations: [activation('act1', { values: spreadOf(Float32Array.of(Number.NaN)) })] }),
  ];
  const { text } = spreadsPicture(
    'Activations',
    courses(some, ({ activations }) => activations),
  )!;
  expect(text).toContain('>act1</text>');
  expect(text).not.toMatch(/NaN|undefined|Infinity|0e\+0/);
  expect(spreadsPicture('Nothing', [])).toBeNull();
});

it('makes the pictures of a run, and leaves out those of which nothing was seen', () => {
  const names = insidePlots([inspection({ step: 1 }), inspection({ step: 2 })]).map(({ name }) => name);
  expect(names).toEqual(['gradient-depth', 'activations', 'gradients', 'updates', 'update-ratio', 'dead-units']);
  expect(insidePlots([])).toEqual([]);
});

it('takes the first and the last of what it thins out', () => {
  expect(evenly([1, 2, 3, 4, 5, 6, 7, 8, 9], 3)).toEqual([1, 5, 9]);
  expect(evenly([1, 2], 3)).toEqual([1, 2]);
});

it('draws filters in colours, grey where a weight is zero', () => {
  const span = { name: 'conv1.weight', shape: [1, 1, 3, 2], offset: 0, size: 6 };
  // Filter 0: red alone; filter 1: nothing.
  const canvas = drawFilters(Float32Array.of(1, 0, 0, 0, 0, 0), span, 'conv1');
  const at = (x: number, y: number) =>
    Array.from(canvas.pixels.slice(3 * (y * canvas.width + x), 3 * (y * canvas.width + x) + 3));
  expect(at(20, 52)).toEqual([255, 128, 128]);
  expect(at(75, 52)).toEqual([128, 128, 128]);
});

it('draws the maps that answer most, the strongest first', () => {
  const image = { pixels: new Uint8Array(64).fill(9), shape: [8, 8, 1] as const };
  const values = Float32Array.of(0, 1, 0, 9);
  const canvas = drawFeatureMaps(image, [{ name: 'act1', shape: [2, 1, 2], values }], 'an image');
  expect(canvas.width).toBeGreaterThan(900);
});
