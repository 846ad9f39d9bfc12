import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluationChunks } from '../../../src/shared/plan/schedule.ts';
import { shownIn, shownSamples } from '../../../src/shared/plan/shown-samples.ts';

it('as many samples as are wanted are shown, or all, spread over the whole, each by one chunk', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 60 }), (samples, size) => {
      const shown = shownSamples(samples, 12);
      expect(shown.length).toBe(Math.min(12, samples));
      const ends = [-1, ...shown, samples];
      const gaps = ends.slice(1).map((end, place) => end - ends[place]!);
      expect(Math.min(...gaps)).toBeGreaterThan(0);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil(samples / shown.length) + 1);
      const chunks = evaluationChunks(samples, size);
      expect(chunks.flatMap((chunk) => shownIn(chunk, samples, 12))).toEqual(shown);
    }),
  );
});
