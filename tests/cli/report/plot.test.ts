import { expect, it } from 'vitest';
import { plot } from '../../../src/cli/report/plot.ts';

/** Of the font's size; digits of all its faces are about as wide. */
const DIGIT = 0.56;

it.each([23, 2_000, 100_000, 10_000_000])('has room for the label of step %i at its edge', (last) => {
  const points = [1, last].map((step) => ({ step, value: 1 / step }));
  const svg = String(plot({ title: 'Loss', axis: 'loss', lines: [{ name: 'training', points, marked: false }] }));
  const width = Number(/viewBox="0 0 (\d+)/.exec(svg)![1]);
  const left = Number(/translate\((\d+) /.exec(svg)![1]);
  const labels = [...svg.matchAll(/<text x="([\d.]+)" y="\d+" font-size="12"[^>]*text-anchor="middle">(\d+)</g)];
  expect(labels.length).toBeGreaterThan(1);
  const ends = labels.map(([, x, label]) => left + Number(x) + (label!.length * 12 * DIGIT) / 2);
  expect(Math.max(...ends)).toBeLessThan(width);
});
