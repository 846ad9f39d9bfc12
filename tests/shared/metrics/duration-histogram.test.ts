import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { DurationHistogram } from '../../../src/shared/metrics/duration-histogram.ts';

const NAME = 'step_seconds';
const HELP = 'What a step takes.';
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** What Prometheus is shown by ours, and by prom-client's own of the same buckets. */
function both(label: string | null) {
  const [ours, theirs] = [new Registry(), new Registry()];
  const labelNames = label === null ? [] : [label];
  return {
    ours: new DurationHistogram({ name: NAME, help: HELP, label }).registerIn(ours),
    theirs: new Histogram({ name: NAME, help: HELP, labelNames, buckets: BOUNDS, registers: [theirs] }),
    shown: async () => [await ours.metrics(), await theirs.metrics()] as const,
  };
}

it('shows what prom-client shows of the same observations, bounds themselves and what is longer than all of them included', async () => {
  const { ours, theirs, shown } = both(null);
  const between = BOUNDS.map((bound) => bound * 1.001);
  const seconds = [0, ...BOUNDS, ...between, 1e6];
  const [empty, theirEmpty] = await shown();
  expect(empty).toBe(theirEmpty);
  for (const one of seconds) {
    ours.observe(one);
    theirs.observe(one);
  }
  const [text, expected] = await shown();
  expect(text).toBe(expected);
  expect(text).toContain(`step_seconds_count ${seconds.length}`);
});

it('shows values of a label apart, and only those that were observed', async () => {
  const { ours, theirs, shown } = both('phase');
  ours.labels('never');
  for (const [phase, seconds] of [
    ['data', 0.002],
    ['compute', 3],
    ['data', 700],
  ] as const) {
    ours.labels(phase).observe(seconds);
    theirs.labels(phase).observe(seconds);
  }
  const [text, expected] = await shown();
  expect(text).toBe(expected);
  expect(text).not.toContain('never');
});

it('refuses what is no number of seconds, and a label where there is none', () => {
  const { ours } = both(null);
  expect(() => ours.observe(Number.NaN)).toThrow(RangeError);
  expect(() => ours.observe(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  expect(() => ours.labels('data')).toThrow(TypeError);
  expect(() => both('phase').ours.observe(1)).toThrow(TypeError);
});
