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
  it('gives the same sums for any number of workers, whoever came first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.shuffledSubarray(WORKERS, { minLength: 3 }),
        (samples, size, arrival) => {
          const chunks = chunksOf(samples, size);
          const alone = new EvaluationAssembly(3, samples, size, ['alone']);
          alone.add('alone', chunks);
          const assembly = new EvaluationAssembly(3, samples, size, WORKERS);
          for (const worker of arrival) {
            expect(assembly.result()).toBeNull();
            const own = chunks.filter(({ index }) => WORKERS[index % 3] === worker);
            assembly.add(worker, own.toReversed());
          }
          expect(assembly.result()).toEqual(alone.result());
          expect(assembly.result()!.samples).toBe(samples);
        },
      ),
    );
  });

  it('adds up answers and samples class by class, and tells of neither where a worker did not count', () => {
    const counted = chunksOf(10, 4).map((chunk, index) => ({ ...chunk, answers: [index, 1], labels: [1, 2] }));
    const assembly = new EvaluationAssembly(3, 10, 4, ['alone']);
    assembly.add('alone', counted);
    expect(assembly.result()).toMatchObject({ answers: [3, 3], labels: [3, 6] });
    const older = new EvaluationAssembly(3, 10, 4, ['alone']);
    older.add('alone', [...counted.slice(0, 2), chunksOf(10, 4)[2]!]);
    expect(older.result()).toMatchObject({ answers: null, labels: null });
  });

  it('puts together what the samples that are shown were taken for, in their order', () => {
    const shown = (index: number) => ({ shown: [[index * 4, 1, 0.5] as const] });
    const chunks = chunksOf(10, 4).map((chunk, index) => ({ ...chunk, ...shown(index) }));
    const assembly = new EvaluationAssembly(3, 10, 4, ['a', 'b']);
    assembly.add('b', [chunks[1]!]);
    assembly.add('a', [chunks[2]!, chunks[0]!]);
    expect(assembly.result()!.shown.map(([sample]) => sample)).toEqual([0, 4, 8]);
  });

  it('refuses a share that is not as it was dealt, as the mistake of its sender, and keeps nothing of it', () => {
    const [first, second, third] = chunksOf(10, 4);
    const assembly = new EvaluationAssembly(7, 10, 4, ['a', 'b']);
    const refused = [
      ['a', [first!], 'a did not send chunk 2'],
      ['a', [first!, second!, third!], "a sent chunk 1, which is another's"],
      ['a', [first!, third!, third!], 'a sent chunk 2 twice'],
      ['a', [{ ...first!, index: 4 }], 'a sent chunk 4 of 3'],
      ['a', [first!, { ...third!, samples: 4 }], 'chunk 2 has 2 samples, but a counted 4'],
      ['b', [{ ...second!, correct: 5 }], 'b has 5 of 4 right in chunk 1'],
      ['b', [{ ...second!, correct: 1e300 }], 'b has 1e+300 of 4 right in chunk 1'],
      ['b', [{ ...second!, shown: [[8, 0, 1]] }], 'b shows sample 8 in chunk 1'],
      // One too few would go unnoticed in a mean.
      ...[0, 1, 3, 5].map((samples) => {
        return ['b', [{ ...second!, samples }], `chunk 1 has 4 samples, but b counted ${samples}`] as const;
      }),
    ] as const;
    for (const [worker, chunks, why] of refused) {
      expect(() => assembly.add(worker, chunks)).toThrow(expect.objectContaining({ close: 'malformed' }));
      expect(() => assembly.add(worker, chunks)).toThrow(why);
    }
    assembly.add('b', [second!]);
    assembly.add('a', [first!, third!]);
    expect(assembly.result()).toMatchObject({ samples: 10 });
  });

  it('drops a share that came before: workers tell again what they do not know to be on record', () => {
    const again = new EvaluationAssembly(7, 10, 4, ['a', 'b']);
    const [first, second, third] = chunksOf(10, 4);
    again.add('a', [first!, third!]);
    again.add('a', [first!, third!]);
    expect(again.waitingFor).toEqual(['b']);
    again.add('b', [second!]);
    expect(again.result()).toMatchObject({ samples: 10 });
  });
});
