import { describe, expect, it } from 'vitest';
import { conflictIn } from '../../../src/shared/job/checks.ts';
import { resolveJob } from '../../../src/shared/job/resolve.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { createOptimizer, ruleOf } from '../../../src/engine/optimizer/create.ts';
import { clipFactor, GradientNorm } from '../../../src/engine/optimizer/gradient-norm.ts';
import { gradientScale, type Optimizer, type OptimizerVectors } from '../../../src/engine/optimizer/optimizer.ts';
import { scheduled } from '../../../src/engine/optimizer/schedule.ts';
import { withDecay } from '../../../src/engine/optimizer/weight-decay.ts';
import { cases, golden, goldenPlan } from './golden.ts';

const kernels = await Kernels.load(new SharedArena({ maximumBytes: 2 ** 20 }));

/** A weight and a bias, each in a place of its own, with padding behind it. */
const SPAN = 16;
const layout = {
  spans: [
    { name: 'weight', shape: [golden.weight], offset: 0, size: golden.weight },
    {
      name: 'bias',
      shape: [golden.start.length - golden.weight],
      offset: SPAN,
      size: golden.start.length - golden.weight,
    },
  ],
  length: 2 * SPAN,
};
const whole = { start: 0, end: layout.length };

function floats(values: ArrayLike<number>): Float32Array {
  const view = kernels.arena.allocateFloats(values.length);
  view.set(values);
  return view;
}

/** Puts the values of both parameters where they lie. */
function place(values: readonly number[]): number[] {
  const vector = new Array<number>(layout.length).fill(0);
  for (const [i, value] of values.entries()) vector[i < golden.weight ? i : SPAN + i - golden.weight] = value;
  return vector;
}

function vectorsFor(optimizer: Optimizer, start: ArrayLike<number>): OptimizerVectors {
  return { parameters: floats(start), moments: optimizer.moments.map(() => floats(new Float32Array(start.length))) };
}

function optimizerOf(job: Job): Optimizer {
  const { weightDecay, decayExempt } = resolveJob(job);
  return withDecay(ruleOf(resolveJob(job), kernels), [
    { start: 0, end: SPAN, weightDecay },
    { start: SPAN, end: 2 * SPAN, weightDecay: decayExempt === 'none' ? weightDecay : 0 },
  ]);
}

function within(actual: number, expected: number, tolerance: number): boolean {
  return Math.abs(actual - expected) <= tolerance * Math.abs(expected);
}

describe('an optimiser', () => {
  it.each(cases)('follows PyTorch over 50 steps: $name', ({ job, after, rates, momenta, norms }) => {
    expect(conflictIn(job, null)).toBeNull();
    const optimizer = optimizerOf(job);
    const start = place(golden.start);
    let current = vectorsFor(optimizer, start);
    let next = vectorsFor(optimizer, start);
    const gradient = floats(start);
    const gradientNorm = new GradientNorm(layout, kernels);
    const mean = gradientScale(golden.samples);
    for (const [step, sums] of golden.gradients.entries()) {
      gradient.set(place(sums));
      gradientNorm.add([1, 0], gradient);
      const norm = gradientNorm.norm(mean);
      const now = scheduled(job, goldenPlan, step);
      const clip = job.clipNorm === null ? 1 : clipFactor(norm, job.clipNorm);
      optimizer.apply(whole, { gradient, gradientScale: mean * clip, current, next, step, ...now });
      [current, next] = [next, current];
      if (rates !== undefined)
        expect(now.learningRate, `rate of step ${step}`).toSatisfy((r) => within(r, rates[step]!, 1e-8));
      if (momenta !== undefined)
        expect(now.momentum, `momentum of step ${step}`).toSatisfy((m) => within(m, momenta[step]!, 1e-8));
      if (norms !== undefined) expect(norm, `norm of step ${step}`).toSatisfy((n) => within(n, norms[step]!, 1e-6));
      const shown = golden.shown.indexOf(step + 1);
      if (shown < 0) continue;
      const expected = place(after[shown]!);
      const wrong = expected.filter((value, i) => !within(current.parameters[i]!, value, 1e-5));
      expect(wrong, `after step ${step}`).toEqual([]);
    }
  });

  it.each(cases)('leaves the current vectors as they are and treats ranges alike: $name', ({ job }) => {
    const size = 80;
    const exempt = job.decayExempt === 'none' ? 0.1 : 0;
    const optimizer = withDecay(ruleOf(resolveJob(job), kernels), [
      { start: 0, end: 32, weightDecay: 0.1 },
      { start: 32, end: size, weightDecay: exempt },
    ]);
    const start = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    const gradient = floats(Float32Array.from({ length: size }, (_, i) => Math.cos(3 * i)));
    const current = vectorsFor(optimizer, start);
    for (const moment of current.moments) moment.set(start.map(Math.abs));
    const before = [current.parameters, ...current.moments].map((v) => v.slice());
    const atOnce = vectorsFor(optimizer, new Float32Array(size));
    const inParts = vectorsFor(optimizer, new Float32Array(size));
    const update = { gradient, gradientScale: 0.25, current, step: 3, ...scheduled(job, goldenPlan, 3) };
    optimizer.apply({ start: 0, end: size }, { ...update, next: atOnce });
    for (const [from, to] of [
      [48, 80],
      [0, 16],
      [16, 48],
    ] as const) {
      optimizer.apply({ start: from, end: to }, { ...update, next: inParts });
    }
    expect(inParts).toEqual(atOnce);
    expect([current.parameters, ...current.moments]).toEqual(before);
  });

  it.each(cases)('leaves padding at zero: $name', ({ job }) => {
    const optimizer = optimizerOf(job);
    const zeros = new Float32Array(layout.length);
    const [current, next] = [vectorsFor(optimizer, zeros), vectorsFor(optimizer, zeros)];
    const now = scheduled(job, goldenPlan, 0);
    optimizer.apply(whole, { gradient: floats(zeros), gradientScale: 1, current, next, step: 0, ...now });
    expect([...next.parameters, ...next.moments.flatMap((moment) => [...moment])].every((x) => x === 0)).toBe(true);
  });
});

describe('createOptimizer', () => {
  const network = buildNetwork(jobSchema.parse({ channels: [2], dense: 3 }), [8, 8, 1], 2);

  it('has the state that PyTorch would have', () => {
    const momentsOf = (job: object) => createOptimizer(jobSchema.parse(job), network, kernels).moments;
    expect(momentsOf({ optimizer: 'sgd' })).toEqual(['momentum_buffer']);
    expect(momentsOf({ optimizer: 'sgd', momentum: 0 })).toEqual([]);
    expect(momentsOf({ optimizer: 'adam' })).toEqual(['exp_avg', 'exp_avg_sq']);
    expect(momentsOf({ optimizer: 'adamw' })).toEqual(['exp_avg', 'exp_avg_sq']);
    expect(momentsOf({ optimizer: 'rmsprop' })).toEqual(['square_avg']);
    expect(momentsOf({ optimizer: 'rmsprop', momentum: 0.9, centred: true })).toEqual([
      'square_avg',
      'grad_avg',
      'momentum_buffer',
    ]);
  });

  it('refuses a range outside its vectors, and a step without samples', () => {
    const rule = ruleOf(resolveJob(jobSchema.parse({ momentum: 0 })), kernels);
    const vectors = { parameters: floats(new Float32Array(16)), moments: [] };
    const update = {
      gradient: vectors.parameters,
      gradientScale: 1,
      current: vectors,
      next: vectors,
      step: 0,
      learningRate: 1,
      momentum: 0,
    };
    expect(() => rule.apply({ start: 0, end: 17 }, update, 0)).toThrow(RangeError);
    expect(() => gradientScale(0)).toThrow(RangeError);
  });
});
