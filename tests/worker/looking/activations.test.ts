import { expect, it } from 'vitest';
import { lookAtActivation } from '../../../src/worker/looking/activations.ts';

it('calls a unit dead that is zero everywhere, and not one that is zero at most places', () => {
  // Two images of two places with three channels: the first is never more than zero, the last once.
  const values = Float32Array.of(0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 1);
  expect(lookAtActivation('act1', 'relu', values, 3)).toMatchObject({
    name: 'act1',
    units: 3,
    dead: 1 / 3,
    saturated: 0,
  });
});

it.each([
  ['sigmoid', Float32Array.of(0.5, 0.01, 0.99, 0.97), 0.5],
  ['tanh', Float32Array.of(0, -0.97, 0.97, 0.9), 0.5],
  ['leaky_relu', Float32Array.of(5, -5, 5, 5), 0],
] as const)('calls values of %s saturated where its slope has gone', (kind, values, share) => {
  expect(lookAtActivation('act', kind, values, 2).saturated).toBe(share);
});
