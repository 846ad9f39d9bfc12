import type { Range } from './microbatches.ts';

/** Which `most` samples of an evaluation are shown with what they are taken for: spread evenly, the same ones each time. Ascending. */
export function shownSamples(samples: number, most: number): readonly number[] {
  const shown = Math.min(samples, most);
  return Array.from({ length: shown }, (_, place) => Math.floor(((place + 0.5) * samples) / shown));
}

/** Those of a chunk of it. */
export function shownIn({ start, end }: Range, samples: number, most: number): readonly number[] {
  return shownSamples(samples, most).filter((sample) => sample >= start && sample < end);
}
