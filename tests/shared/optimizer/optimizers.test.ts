import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { Kernels } from '../../../src/shared/kernels/kernels.ts';
import { SharedArena } from '../../../src/shared/kernels/shared-arena.ts';
import { adam } from '../../../src/shared/optimizer/adam.ts';
import { createOptimizer } from '../../../src/shared/optimizer/create.ts';
import { gradientScale, type Optimizer, type OptimizerVectors } from '../../../src/shared/optimizer/optimizer.ts';
import { rmsprop } from '../../../src/shared/optimizer/rmsprop.ts';
import { sgd } from '../../../src/shared/optimizer/sgd.ts';

const vector = z.array(z.number());
const golden = z
  .object({
    samples: z.number(),
    start: vector,
    gradients: z.array(vector),
    cases: z.array(
      z.object({
        name: z.string(),
        options: z.object({
          lr: z.number(),
          momentum: z.number().default(0),
          dampening: z.number().default(0),
          nesterov: z.boolean().default(false),
          centered: z.boolean().default(false),
          weight_decay: z.number().default(0),
        }),
        after: z.array(vector),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')));

type Options = (typeof golden.cases)[number]['options'];

const kernels = await Kernels.load(new SharedArena({ maximumBytes: 2 ** 20 }));

function floats(values: ArrayLike<number>): Float32Array {
  const view = kernels.arena.floats(kernels.arena.allocate(values.length * 4), values.length);
  view.set(values);
  return view;
}

function vectorsFor(optimizer: Optimizer, start: ArrayLike<number>): OptimizerVectors {
  return { parameters: floats(start), slots: optimizer.slots.map(() => floats(new Float32Array(start.length))) };
}

function optimizerOf(name: string, o: Options): Optimizer {
  const { momentum, dampening, nesterov, weight_decay: weightDecay } = o;
  if (name.startsWith('sgd')) return sgd({ momentum, dampening, nesterov, weightDecay }, kernels);
  if (name.startsWith('adam')) return adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }, kernels);
  return rmsprop({ alpha: 0.99, epsilon: 1e-8, momentum, centred: o.centered, weightDecay }, kernels);
}

describe('an optimiser', () => {
  it.each(golden.cases)('follows PyTorch over 50 steps: $name', ({ name, options, after }) => {
    const optimizer = optimizerOf(name, options);
    let current = vectorsFor(optimizer, golden.start);
    let next = vectorsFor(optimizer, golden.start);
    const gradient = floats(golden.start);
    for (const [step, expected] of after.entries()) {
      gradient.set(golden.gradients[step]!);
      optimizer.apply(
        { start: 0, end: gradient.length },
        { gradient, gradientScale: gradientScale(golden.samples), current, next, step, learningRate: options.lr },
      );
      [current, next] = [next, current];
      // PyTorch fuses a multiplication with an addition here and there: a rounding apart, now and then.
      for (const [i, value] of expected.entries()) {
        const error = Math.abs(current.parameters[i]! - value);
        expect(error, `element ${i} after step ${step}`).toBeLessThan(3e-6 * Math.max(1, Math.abs(value)));
      }
    }
  });

  it.each(golden.cases)(
    'leaves the current vectors as they are and treats ranges alike: $name',
    ({ name, options }) => {
      const optimizer = optimizerOf(name, options);
      const size = 80;
      const start = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
      const gradient = floats(Float32Array.from({ length: size }, (_, i) => Math.cos(3 * i)));
      const current = vectorsFor(optimizer, start);
      for (const slot of current.slots) slot.set(start.map(Math.abs));
      const before = [current.parameters, ...current.slots].map((v) => v.slice());
      const whole = vectorsFor(optimizer, new Float32Array(size));
      const inParts = vectorsFor(optimizer, new Float32Array(size));
      const update = { gradient, gradientScale: 0.25, current, step: 3, learningRate: options.lr };
      optimizer.apply({ start: 0, end: size }, { ...update, next: whole });
      for (const [from, to] of [
        [48, 80],
        [0, 16],
        [16, 48],
      ] as const) {
        optimizer.apply({ start: from, end: to }, { ...update, next: inParts });
      }
      expect(inParts).toEqual(whole);
      expect([current.parameters, ...current.slots]).toEqual(before);
    },
  );

  it('leaves padding at zero', () => {
    for (const name of ['sgd', 'adam', 'rmsprop'] as const) {
      const optimizer = createOptimizer(jobSchema.parse({ optimizer: name, weightDecay: 0.1 }), kernels);
      const zeros = new Float32Array(16);
      const [current, next] = [vectorsFor(optimizer, zeros), vectorsFor(optimizer, zeros)];
      const update = { gradient: floats(zeros), gradientScale: 1, current, next, step: 0, learningRate: 0.1 };
      optimizer.apply({ start: 0, end: 16 }, update);
      expect([...next.parameters, ...next.slots.flatMap((slot) => [...slot])].every((x) => x === 0)).toBe(true);
    }
  });

  it('is what the job says, with the state that PyTorch would have', () => {
    const slotsOf = (job: object) => createOptimizer(jobSchema.parse(job), kernels).slots;
    expect(slotsOf({ optimizer: 'sgd' })).toEqual(['momentum_buffer']);
    expect(slotsOf({ optimizer: 'sgd', momentum: 0 })).toEqual([]);
    expect(slotsOf({ optimizer: 'adam' })).toEqual(['exp_avg', 'exp_avg_sq']);
    expect(slotsOf({ optimizer: 'rmsprop' })).toEqual(['square_avg']);
    expect(slotsOf({ optimizer: 'rmsprop', momentum: 0.9 })).toEqual(['square_avg', 'momentum_buffer']);
  });

  it('refuses a range outside its vectors, and a step without samples', () => {
    const optimizer = createOptimizer(jobSchema.parse({ momentum: 0 }), kernels);
    const vectors = vectorsFor(optimizer, new Float32Array(16));
    const update = {
      gradient: vectors.parameters,
      gradientScale: 1,
      current: vectors,
      next: vectors,
      step: 0,
      learningRate: 1,
    };
    expect(() => optimizer.apply({ start: 0, end: 17 }, update)).toThrow(RangeError);
    expect(() => gradientScale(0)).toThrow(RangeError);
  });
});
