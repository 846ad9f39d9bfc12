import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvaluationAssembly } from '../../../src/coordinator/progress/evaluation.ts';
import { evaluationChunks } from '../../../src/shared/plan/schedule.ts';

const WORKERS = ['a', 'b', 'c'];

/** Losses that do not add up alike in every order. */
function chunksOf(samples: number, size: number) {
  return evaluationChunks(samples, size).map(({ start, end }, index) => ({
    index,
    samples: end - start,
    lossSum: 10 ** ((index * 7) % 17) / 3,
    correct: (index * 5) % (end - start + 1),
  }));
}

describe('putting an evaluation together', () => {
  it('gives the same sums however the chunks were dealt and whoever came first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }),
        fc.shuffledSubarray(WORKERS, { minLength: 3 }),
        (samples, size, deal, arrival) => {
          const chunks = chunksOf(samples, size);
          const alone = new EvaluationAssembly(3, samples, size, ['alone']);
          alone.add('alone', chunks);
          const assembly = new EvaluationAssembly(3, samples, size, WORKERS);
          for (const worker of arrival) {
            expect(assembly.result()).toBeNull();
            const own = chunks.filter(({ index }) => WORKERS[deal[index]!] === worker);
            assembly.add(worker, own.toReversed());
          }
          expect(assembly.result()).toEqual(alone.result());
          expect(assembly.result()!.samples).toBe(samples);
        },
      ),
    );
  });

  it('names a chunk that nobody sent, that two sent, that does not exist, and that was cut short', () => {
    const chunks = chunksOf(10, 4);
    const assembly = () => new EvaluationAssembly(7, 10, 4, ['a', 'b']);
    const missing = assembly();
    missing.add('a', [chunks[0]!]);
    missing.add('b', [chunks[2]!]);
    expect(() => missing.result()).toThrow(/after step 7 .* nobody sent chunk 1 of 3/);
    const twice = assembly();
    twice.add('a', chunks);
    expect(() => twice.add('b', [chunks[1]!])).toThrow(/chunk 1 came from a and from b/);
    expect(() => assembly().add('a', [{ ...chunks[0]!, index: 3 }])).toThrow(/a sent chunk 3 of 3/);
    expect(() => assembly().add('b', [{ ...chunks[2]!, samples: 4 }])).toThrow(
      /chunk 2 has 2 samples, but b counted 4/,
    );
    // One too few would go unnoticed in a mean.
    for (const samples of [0, 1, 3, 5]) {
      expect(() => assembly().add('b', [{ ...chunks[1]!, samples }])).toThrow(
        `chunk 1 has 4 samples, but b counted ${samples}`,
      );
    }
    expect(() => assembly().add('b', [{ ...chunks[2]!, samples: 1 }])).toThrow(
      /chunk 2 has 2 samples, but b counted 1/,
    );
  });

  it('drops a share that came before: workers tell again what they do not know to be on record', () => {
    const again = new EvaluationAssembly(7, 10, 4, ['a', 'b']);
    again.add('a', chunksOf(10, 4));
    again.add('a', chunksOf(10, 4));
    expect(again.waitingFor).toEqual(['b']);
    again.add('b', []);
    expect(again.result()).toMatchObject({ samples: 10 });
  });
});
