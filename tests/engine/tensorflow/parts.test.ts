import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planParts } from '../../../src/engine/tensorflow/parts.ts';
import { withPoolWorkspaces } from '../../../src/engine/tensorflow/pool-workspace.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import { smallCnn, smallResNet } from '../reference/small-networks.ts';

const networks = [smallCnn('relu'), smallResNet('relu')];

describe.each(networks)('parts of $name', (network) => {
  const program = withPoolWorkspaces(trainingProgram(network, 2, { labelSmoothing: 0 }), new Set(['float32']));
  const parameters = network.parameters.map((_, index) => index);
  // Any way of dealing the parameters into buckets, also unwise ones.
  const bucketings = fc
    .tuple(fc.shuffledSubarray(parameters, { minLength: parameters.length }), fc.array(fc.nat(parameters.length)))
    .map(([order, cuts]) => {
      const bounds = [0, ...cuts.sort((a, b) => a - b), order.length];
      return bounds.slice(1).map((end, index) => order.slice(bounds[index], end));
    });

  it('need nothing that is not fed or made, drop everything once, and hand every bucket out in order', () => {
    fc.assert(
      fc.property(bucketings, fc.constantFrom('whole' as const, 'buckets' as const), (buckets, mode) => {
        const parts = planParts(program, buckets, mode);
        if (mode === 'whole') expect(parts).toHaveLength(1);
        const outside = new Set(program.inputs.map(({ value }) => value));
        const held = new Set<number>();
        const ready = new Set<number>();
        const left: number[] = [];
        const fetched = new Set<number>();
        for (const part of parts) {
          for (const value of part.feeds) {
            expect(held.has(value) || outside.has(value)).toBe(true);
            held.add(value);
          }
          for (const value of part.fetches) {
            expect(fetched.has(value)).toBe(false);
            fetched.add(value);
            held.add(value);
          }
          for (const { parameter, value } of part.gradients) {
            expect(held.has(value)).toBe(true);
            ready.add(parameter);
          }
          for (const value of part.drops) expect(held.delete(value)).toBe(true);
          for (const bucket of part.buckets) {
            for (const parameter of buckets[bucket]!) expect(ready.has(parameter)).toBe(true);
            left.push(bucket);
          }
        }
        expect(held.size).toBe(0);
        expect(left).toEqual(buckets.map((_, index) => index));
        expect(fetched.has(program.logits) && fetched.has(program.losses!)).toBe(true);
        for (const { value } of program.statistics) expect(fetched.has(value)).toBe(true);
      }),
    );
  });

  it('a forward program is one part that fetches logits and losses alone', () => {
    const forward = forwardProgram(network, 2, { labels: true });
    const parts = planParts(forward, [], 'buckets');
    expect(parts).toHaveLength(1);
    expect(new Set(parts[0]!.fetches)).toEqual(new Set([forward.logits, forward.losses]));
  });
});

it('refuses a bucket with a parameter that has no gradient', () => {
  const program = trainingProgram(networks[0]!, 2, { labelSmoothing: 0 });
  expect(() => planParts(program, [[999]], 'buckets')).toThrow('999');
});
