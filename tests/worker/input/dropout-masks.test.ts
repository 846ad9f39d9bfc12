import { describe, expect, it } from 'vitest';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import { fillDropoutMasks } from '../../../src/worker/input/dropout-masks.ts';

const DRAWS = 100_000;

function maskOf(rate: number, seed: number, step: number, microbatch: number): Float32Array {
  const mask = new Float32Array(DRAWS);
  fillDropoutMasks([mask], [rate], seed, step, microbatch);
  return mask;
}

/** Share of places at which both drop. */
function together(a: Float32Array, b: Float32Array): number {
  return a.filter((value, i) => value === 0 && b[i] === 0).length / a.length;
}

/** Five standard deviations of a share of `DRAWS`. The seeds are fixed: this passes always or never. */
function near(share: number): (actual: number) => boolean {
  const deviation = Math.sqrt((share * (1 - share)) / DRAWS);
  return (actual) => Math.abs(actual - share) < 5 * deviation;
}

describe.each([0.1, 0.5, 0.9])('dropout masks of rate %d', (rate) => {
  const mask = maskOf(rate, 1, 0, 0);
  const dropped = (values: Float32Array) => values.filter((value) => value === 0).length / values.length;

  it('hold 0 and 1/(1-rate) alone, zeros in a share of the rate, so that the mean stays 1', () => {
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
    expect(dropped(mask)).toSatisfy(near(rate));
    const mean = mask.reduce((sum, value) => sum + value, 0) / DRAWS;
    expect(mean).toBeCloseTo((1 - dropped(mask)) / (1 - rate), 5);
  });

  it('drop neighbours independently', () => {
    for (const lag of [1, 2, 3, 4, 8, 128]) {
      expect(together(mask.subarray(lag), mask.subarray(0, DRAWS - lag)), `lag ${lag}`).toSatisfy(near(rate * rate));
    }
  });

  it.each([
    ['step', maskOf(rate, 1, 1, 0)],
    ['microbatch', maskOf(rate, 1, 0, 1)],
    ['seed', maskOf(rate, 2, 0, 0)],
  ])('drop independently of those of another %s', (_, other) => {
    expect(dropped(other)).toSatisfy(near(rate));
    expect(together(mask, other)).toSatisfy(near(rate * rate));
  });
});

it('two layers of a microbatch have masks of their own', () => {
  const masks = [new Float32Array(DRAWS), new Float32Array(DRAWS)] as const;
  fillDropoutMasks(masks, [0.5, 0.5], 1, 0, 0);
  expect(together(...masks)).toSatisfy(near(0.25));
});

it('only training drops anything: evaluation and prediction take no masks', () => {
  const network = buildNetwork(jobSchema.parse({ channels: [2], dense: 3, dropout: 0.5 }), [8, 8, 1], 2);
  const masksOf = ({ inputs }: { inputs: readonly { readonly source: { readonly kind: string } }[] }) =>
    inputs.filter(({ source }) => source.kind === 'mask').length;
  expect(masksOf(trainingProgram(network, 4, { labelSmoothing: 0 }))).toBe(1);
  for (const labels of [true, false]) expect(masksOf(forwardProgram(network, 4, { labels }))).toBe(0);
});
