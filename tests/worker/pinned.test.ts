import { describe, expect, it } from 'vitest';
import { decodeState } from '../../src/shared/checkpoint/state.ts';
import { createEngine } from '../../src/engine/create.ts';
import type { Job } from '../../src/shared/job/schema.ts';
import { jobSchema } from '../../src/shared/job/schema.ts';
import type { Assignment } from '../../src/worker/assignment/blueprint.ts';
import { finalDigest } from './support/history.ts';
import { runToEnd } from './support/local-worker.ts';

/**
 * Whole runs, a few steps long, and what came out of them on the day when they were written down. A change that moves these
 * bits moves those of every run there is: its checkpoints no longer go on to what they promised. If that is meant, say so.
 *
 * Initial weights are uniform and rates constant: only additions, products, roots, exponentials and logarithms, which are
 * the same wherever JavaScript and WebAssembly run. Cosines are not, from one V8 to the next.
 */
const UNIFORM = { init: 'glorot_uniform', schedule: 'constant', lr: 0.05, warmupSteps: 0, clipNorm: null } as const;

interface Shape {
  readonly engine: 'cpu' | 'wasm';
  readonly image: readonly [number, number, 1 | 3];
  readonly samples: number;
  readonly microbatches: number;
  readonly job: Partial<Job>;
  readonly memoryMib?: number;
}

const SHAPES = {
  'a CNN, sgd, five microbatches': {
    engine: 'cpu',
    image: [8, 8, 1],
    samples: 22,
    microbatches: 5,
    job: { channels: [2, 3], dense: 4, batch: 11, epochs: 2, momentum: 0.9 },
  },
  'a CNN with batch norm, adam, average pooling, clipped': {
    engine: 'cpu',
    image: [8, 8, 3],
    samples: 20,
    microbatches: 3,
    job: {
      channels: [3],
      pool: 'avg',
      batchNorm: true,
      activation: 'leaky_relu',
      dense: 4,
      batch: 8,
      epochs: 2,
      optimizer: 'adam',
      clipNorm: 0.5,
    },
  },
  'a CNN, rmsprop, gradients as bfloat16': {
    engine: 'cpu',
    image: [8, 8, 1],
    samples: 14,
    microbatches: 3,
    job: { channels: [2], dense: 3, batch: 7, epochs: 2, optimizer: 'rmsprop', wire: 'bf16', labelSmoothing: 0.1 },
  },
  'a CNN on WebAssembly, adamw': {
    engine: 'wasm',
    image: [9, 7, 1],
    samples: 12,
    microbatches: 4,
    job: { channels: [4], dense: 5, batch: 8, epochs: 2, optimizer: 'adamw', weightDecay: 0.1, activation: 'tanh' },
  },
  'ResNet-18': {
    engine: 'wasm',
    image: [16, 16, 3],
    samples: 4,
    microbatches: 2,
    job: { model: 'resnet18', batch: 4, epochs: 1, lr: 0.001 },
    memoryMib: 400,
  },
} as const satisfies Record<string, Shape>;

const EXPECTED: Readonly<
  Record<keyof typeof SHAPES, readonly [weights: string, state: string, validationLoss: number]>
> = {
  'a CNN, sgd, five microbatches': [
    '0e7496003b0cf21c368bd16f892cdf9e4aa90f5e27fe486b32168d9b38f8a737',
    '99af6d51f5281f98ee9fa31a0ea52f641e179aadb9d28660a5fedceaae886e06',
    5.449967622756958,
  ],
  'a CNN with batch norm, adam, average pooling, clipped': [
    '0d6f2bbc7c98c19464178bd5b521853b91674348d6a120c8c45d45646377f81f',
    'bf8dd39aeb24bf8cb46b6a19cad98beac86528d5a4244cc86a2d72def32ad019',
    5.238002181053162,
  ],
  'a CNN, rmsprop, gradients as bfloat16': [
    '1731eab523e05c6986f84fd7f25888da133fbf44b381d2dfb058653f68732586',
    '53fe553a3e7b20ad162fd1a4fe52f519161c2038828a8ed835ae6bddfa16601b',
    5.445368766784668,
  ],
  'a CNN on WebAssembly, adamw': [
    '322d4c801eb0ef0477635dbc53b05402d60d30fcb744a42659a03cf3f6b5fc62',
    'c4348962a11b43145a09168d0d8ed7d88ac2b37325a22cf4090aae06a42c7705',
    6.335046052932739,
  ],
  'ResNet-18': [
    'd524b368dff6d3b52cace55f2d71dff6a8e75e941ae351aa06e6316814d57282',
    '269d72991dbb9ed7234cbea8ac91125347fae4707b0297e7cd614c8baa8c2141',
    5.298240900039673,
  ],
};

function assignmentOf({ image, samples, microbatches, job }: Shape): Assignment {
  return {
    job: jobSchema.parse({ ...UNIFORM, ...job, microbatches }),
    dataset: {
      name: 'made up',
      digest: 'd'.repeat(64),
      classes: ['a', 'b', 'c'],
      imageShape: [...image],
      encoding: 'raw',
      trainSamples: samples,
      validationSamples: 5,
      mean: [0],
      deviation: [1],
    },
    microbatches,
  };
}

describe.each(Object.keys(SHAPES) as (keyof typeof SHAPES)[])('%s', (name) => {
  const shape: Shape = SHAPES[name];

  it('gives the bits of ever', async () => {
    const { coordinator, verdicts } = await runToEnd({
      assignment: assignmentOf(shape),
      workers: 1,
      createEngine: () => createEngine(shape.engine, { threads: 1, onBroken: () => undefined }),
      ...(shape.memoryMib === undefined ? {} : { memoryMib: shape.memoryMib }),
    });
    expect(verdicts.map(({ exitCode, message }) => [exitCode, message])).toEqual([[0, '']]);
    const { stateDigest } = decodeState(coordinator.checkpoint!.file, 'the checkpoint');
    const { chunks } = coordinator.all('evaluated').at(-1)!;
    const loss = chunks.reduce((sum, { lossSum }) => sum + lossSum, 0);
    expect([finalDigest({ coordinator, workers: [], verdicts }), stateDigest, loss]).toEqual(EXPECTED[name]);
  });
});
