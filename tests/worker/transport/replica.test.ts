import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/shared/job/schema.ts';
import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import { createOptimizer } from '../../../src/engine/optimizer/create.ts';
import { GradientNorm } from '../../../src/engine/optimizer/gradient-norm.ts';
import { decodeState } from '../../../src/shared/checkpoint/state.ts';
import { stateDigest } from '../../../src/shared/checkpoint/state-digest.ts';
import { type Blueprint, drawBlueprint } from '../../../src/worker/assignment/blueprint.ts';
import { allocateReplica } from '../../../src/worker/assignment/memory.ts';
import { Replica } from '../../../src/worker/transport/replica.ts';
import { smallAssignment } from '../support/assignment.ts';

const kernels = await Kernels.load(new SharedArena({ maximumBytes: 2 ** 22 }));
const allocate = (floats: number) => kernels.arena.allocateFloats(floats);

function blueprintOf(job: Partial<Job>): Blueprint {
  return drawBlueprint(smallAssignment({ ...job, microbatches: 1 }));
}

/** The same, with a bucket for each parameter, the last one first. */
function finelyCut(blueprint: Blueprint): Blueprint {
  const { spans, length } = blueprint.layout.parameters;
  const order = spans.map((_, index) => index).toReversed();
  const ranges = order.map((index) => ({ start: spans[index]!.offset, end: spans[index + 1]?.offset ?? length }));
  const tail = blueprint.buckets.ranges.at(-1)!;
  return { ...blueprint, buckets: { parameters: order.map((index) => [index]), ranges: [...ranges, tail] } };
}

function replicaOf(blueprint: Blueprint): Replica {
  const { job, network, layout } = blueprint;
  const optimizer = createOptimizer(job, network, kernels);
  const memory = allocateReplica(allocate, layout, optimizer.moments.length);
  const replica = new Replica(blueprint, memory, optimizer, new GradientNorm(layout.parameters, kernels));
  replica.initialise();
  return replica;
}

/** A reduced step vector with zeros in the padding. */
function sumsOf({ layout }: Blueprint, step: number): Float32Array {
  const vector = allocate(layout.length);
  for (const { offset, size } of layout.parameters.spans) {
    for (let i = offset; i < offset + size; i++) vector[i] = Math.sin(i * (step + 1)) * 10;
  }
  return vector;
}

function train(blueprint: Blueprint, steps: number) {
  const replica = replicaOf(blueprint);
  const norms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const sums = sumsOf(blueprint, step);
    for (const bucket of blueprint.buckets.parameters.keys()) replica.apply(step, bucket, sums);
    norms.push(replica.commit(step, sums).gradientNorm);
  }
  return { digest: replica.digest(), norms };
}

describe('running statistics', () => {
  const job: Partial<Job> = { batchNorm: true, optimizer: 'adam' };

  it('move from those of the committed step, over as many steps as there are', () => {
    const blueprint = blueprintOf(job);
    const { layout, plan } = blueprint;
    const replica = replicaOf(blueprint);
    const momentum = blueprint.network.nodes.flatMap(({ layer }) =>
      layer.kind === 'batchNorm' ? [layer.momentum] : [],
    );
    expect(new Set(momentum).size).toBe(1);
    // What a reader of the definition would compute, in the spans of the layout.
    const expected = replica.memory.buffers[replica.side].slice();
    for (let step = 0; step < 5; step++) {
      const samples = step % 3 === 2 ? 6 : 8;
      const sums = sumsOf(blueprint, step);
      for (const { offset, size } of layout.buffers.spans) {
        for (let i = offset; i < offset + size; i++) {
          const sum = Math.fround(samples * (0.5 + ((i * 7 + step * 3) % 11)));
          sums[layout.statistics + i] = sum;
          expected[i] = (1 - momentum[0]!) * expected[i]! + momentum[0]! * (sum / samples);
        }
      }
      for (const bucket of blueprint.buckets.parameters.keys()) replica.apply(step, bucket, sums);
      replica.commit(step, sums);
      expect([...replica.memory.buffers[replica.side]]).toEqual([...expected]);
    }
    expect(plan.batch).toBe(8);
  });

  it('change their own digest and no other, as each part of the state does', () => {
    const replica = replicaOf(blueprintOf(job));
    const before = replica.digests();
    expect(replica.digest()).toBe(before.weights);
    const { parameters, buffers, moments } = replica.memory;
    const { side } = replica;
    const parts = { weights: parameters[side], statistics: buffers[side], optimizer: moments[side].at(-1)! };
    for (const part of ['weights', 'statistics', 'optimizer'] as const) {
      const kept = parts[part][0]!;
      parts[part][0] = kept + 1;
      expect(replica.digests()).toEqual({ ...before, [part]: expect.not.stringMatching(before[part]) as unknown });
      parts[part][0] = kept;
      // What the next step is written to is nobody's business.
      const other = side === 0 ? 1 : 0;
      for (const vector of [parameters[other], buffers[other], ...moments[other]]) vector[0] = 12;
      expect(replica.digests()).toEqual(before);
    }
  });

  it('and all else that a snapshot holds are the committed ones, and come back from it', () => {
    const blueprint = blueprintOf(job);
    const replica = replicaOf(blueprint);
    for (let step = 0; step < 3; step++) {
      const sums = sumsOf(blueprint, step);
      sums.fill(step + 1, blueprint.layout.statistics, blueprint.layout.scalars);
      for (const bucket of blueprint.buckets.parameters.keys()) replica.apply(step, bucket, sums);
      replica.commit(step, sums);
      const { step: saved, file, digests } = replica.snapshot();
      expect(digests).toEqual(replica.digests());
      expect(saved).toBe(step + 1);
      const restored = replicaOf(blueprint);
      restored.restore(file, 'the snapshot');
      expect(restored.committed).toBe(step + 1);
      expect(restored.digests()).toEqual(replica.digests());
      expect(decodeState(file, 'f').stateDigest).toBe(stateDigest(replica.digests()));
    }
  });
});

describe.each([
  ['without clipping', { optimizer: 'adam', clipNorm: null }],
  ['with clipping', { optimizer: 'adam', clipNorm: 0.5 }],
  ['with clipping and momentum', { clipNorm: 0.5 }],
] as const)('a replica %s', (_, job) => {
  it('comes to the same bits however the gradient is cut into buckets', () => {
    const blueprint = blueprintOf(job);
    expect(finelyCut(blueprint).buckets.parameters.length).toBeGreaterThan(blueprint.buckets.parameters.length);
    expect(train(finelyCut(blueprint), 3)).toEqual(train(blueprint, 3));
  });
});

describe('the update of a bucket', () => {
  const written = (job: Partial<Job>): number[] => {
    const blueprint = finelyCut(blueprintOf(job));
    const replica = replicaOf(blueprint);
    const next = replica.memory.parameters[replica.side === 0 ? 1 : 0];
    const sums = sumsOf(blueprint, 0);
    return [...blueprint.buckets.parameters.keys()].map((bucket) => {
      const before = next.slice();
      replica.apply(0, bucket, sums);
      return next.filter((value, i) => value !== before[i]).length;
    });
  };

  it('is made at once without clipping, so that it overlaps what is still to come', () => {
    expect(written({ clipNorm: null }).every((changed) => changed > 0)).toBe(true);
  });

  it('waits, with clipping, for the last bucket and the norm of the whole', () => {
    const changed = written({ clipNorm: 0.5 });
    expect(changed.slice(0, -1).every((count) => count === 0)).toBe(true);
    expect(changed.at(-1)).toBe(written({ clipNorm: null }).reduce((sum, count) => sum + count, 0));
  });
});

it('a clipped step of plain sgd is as long as the learning rate times the limit', () => {
  const blueprint = blueprintOf({ momentum: 0, lr: 0.5, clipNorm: 0.25 });
  const replica = replicaOf(blueprint);
  const before = replica.memory.parameters[replica.side].slice();
  const sums = sumsOf(blueprint, 0);
  for (const bucket of blueprint.buckets.parameters.keys()) replica.apply(0, bucket, sums);
  expect(replica.commit(0, sums).gradientNorm).toBeGreaterThan(0.25);
  const after = replica.memory.parameters[replica.side];
  expect(Math.hypot(...after.map((value, i) => value - before[i]!))).toBeCloseTo(0.5 * 0.25, 5);
});

describe('a vector that another worker reduced', () => {
  const recipes: readonly (readonly [string, Partial<Job>, (readonly number[])?])[] = [
    ['sgd', { clipNorm: null }],
    ['sgd, clipped', { clipNorm: 0.5 }],
    ['adam, clipped', { optimizer: 'adam', clipNorm: 0.5 }],
    ['rmsprop with momentum', { optimizer: 'rmsprop', momentum: 0.9, centred: true }],
    ['weighted classes', { optimizer: 'adam' }, [0.3, 2.5, 0]],
    ['weighted classes, clipped', { clipNorm: 0.5 }, [0.3, 2.5, 0]],
    ['batch norm', { batchNorm: true, optimizer: 'adam' }],
    ['frozen parts', { batchNorm: true, optimizer: 'adam', freeze: 'conv1,bn1' }],
    ['bfloat16 on the wire', { optimizer: 'adam', wire: 'bf16' }],
  ];

  const named = recipes.map(([name, job, classWeights]) => ({ name, job, classWeights }));

  it.each(named)('leads to the bits of the one who did, with $name', ({ job, classWeights }) => {
    const plain = smallAssignment({ ...job, microbatches: 1 });
    const dataset = classWeights === undefined ? plain.dataset : { ...plain.dataset, classWeights: [...classWeights] };
    const blueprint = finelyCut(drawBlueprint({ ...plain, dataset }));
    const { layout, buckets } = blueprint;
    const source = replicaOf(blueprint);
    const joiner = replicaOf(blueprint);
    for (let step = 0; step < 4; step++) {
      const sums = sumsOf(blueprint, step);
      for (let i = layout.statistics; i < layout.scalars; i++) sums[i] = 3 + Math.cos(i + step);
      sums.set([4.5, 3, 8, 0, 6.25], layout.scalars);
      if (step === 1) joiner.restore(source.snapshot().file, 'the snapshot');
      for (const bucket of buckets.parameters.keys()) source.apply(step, bucket, sums);
      const committed = source.commit(step, sums);
      if (step === 0) continue;
      // What lies between buckets (frozen parameters) is not reduced, and may be anything.
      const received = allocate(layout.length).fill(7);
      for (const { start, end } of buckets.ranges) received.set(sums.subarray(start, end), start);
      expect(joiner.applyReduced(step, received)).toEqual(committed);
      expect(joiner.digests()).toEqual(source.digests());
      expect(joiner.committed).toBe(step + 1);
    }
  });

  it('is refused where another step is due', () => {
    const blueprint = blueprintOf({});
    const replica = replicaOf(blueprint);
    expect(() => replica.applyReduced(1, sumsOf(blueprint, 1))).toThrow(
      'step 1 cannot be applied to the state after 0',
    );
  });
});
