import { describe, expect, it } from 'vitest';
import type { Range } from '../../../src/shared/plan/microbatches.ts';
import { evaluate } from '../../../src/worker/training/evaluation.ts';
import { StintControl } from '../../../src/worker/training/stint-control.ts';

type Arguments = Parameters<typeof evaluate>;

const CLASSES = 2;

/** 22 samples in chunks of 4 for the first of two ranks: 0-3, 8-11, 16-19; 20-21 are the other's. */
function setUp({
  abreast,
  validationSamples = 22,
  onRun,
}: {
  abreast: number;
  validationSamples?: number;
  onRun?: () => void;
}) {
  const [held, runs] = [new Set<number>(), [] as number[][]];
  let most = 0;
  const parts = {
    abreast,
    fault: () => undefined,
    blueprint: {
      dataset: { validationSamples },
      evaluationChunk: 4,
      network: { classes: CLASSES, outputs: CLASSES },
    },
    samples: {
      evaluation: ({ start, end }: Range) => {
        held.add(start);
        most = Math.max(most, held.size);
        const images = Float32Array.from({ length: end - start }, (_, at) => start + at);
        const labels = Int32Array.from(images, (sample) => sample % CLASSES);
        return Promise.resolve({ count: end - start, images, labels, release: () => held.delete(start) });
      },
    },
    programs: {
      forward: (count: number) => ({
        runAbreast: (shares: readonly { readonly inputs: { readonly images: Float32Array } }[]) => {
          onRun?.();
          runs.push(shares.map(({ inputs }) => inputs.images[0]!));
          return Promise.resolve(
            shares.map(({ inputs: { images } }) => {
              expect(images.length).toBe(count);
              const logits = Float32Array.from({ length: CLASSES * count }, (_, at) => (at % CLASSES === 0 ? 1 : 0));
              return { logits, losses: images, statistics: new Float32Array(0) };
            }),
          );
        },
      }),
    },
  };
  const stint = { rank: 0, ranks: 2, replica: { parameters: [new Float32Array(1)], buffers: [new Float32Array(1)] } };
  const control = new StintControl();
  const start = () => evaluate(stint as unknown as Arguments[0], 0, control, 5, parts as unknown as Arguments[4]);
  return { start, control, held, runs, most: () => most };
}

describe('an evaluation', () => {
  it('sums up each chunk by itself, however many are computed at once', async () => {
    const alone = setUp({ abreast: 1 });
    const sums = await alone.start();
    expect(sums.map(({ index, lossSum, correct, samples }) => [index, lossSum, correct, samples])).toEqual([
      [0, 6, 2, 4],
      [2, 38, 2, 4],
      [4, 70, 2, 4],
    ]);
    for (const abreast of [2, 3, 8]) expect(await setUp({ abreast }).start()).toEqual(sums);
  });

  it('computes as many at once as it may, of one size, and holds no more than those and the next ones', async () => {
    const pair = setUp({ abreast: 2, validationSamples: 50 });
    await pair.start();
    // 48 and 49 are a chunk of two.
    expect(pair.runs).toEqual([[0, 8], [16, 24], [32, 40], [48]]);
    expect(pair.most()).toBe(4);
    expect(pair.held.size).toBe(0);
  });

  it('that is halted asks for no more, and gives back what it asked for', async () => {
    const halted = setUp({ abreast: 2, validationSamples: 400, onRun: () => halted.control.halt() });
    await halted.start();
    expect(halted.runs.length).toBe(1);
    expect(halted.held.size).toBe(0);
  });

  it('of nothing is nothing', async () => {
    expect(await setUp({ abreast: 2, validationSamples: 0 }).start()).toEqual([]);
  });
});
