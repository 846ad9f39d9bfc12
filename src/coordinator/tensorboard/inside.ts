import type { Inspection, Spread } from '../../shared/protocol/inspection.ts';
import type { SummaryValue } from './event.ts';
import type { Histogram } from './histogram.ts';

/** What a look inside the network shows. */
export function insideOf({ layers, activations }: Inspection): readonly SummaryValue[] {
  return [
    ...layers.flatMap(({ name, gradient, update }) => [
      { tag: `gradient_norm/${name}`, scalar: gradient.norm },
      { tag: `update_ratio/${name}`, scalar: update.ratio },
      ...histogram(`gradient/${name}`, gradient.values),
      ...histogram(`update_ratio_log10/${name}`, update.values),
    ]),
    ...activations.flatMap(({ name, function: kind, dead, saturated, values }) => [
      ...(kind === 'relu' ? [{ tag: `dead/${name}`, scalar: dead }] : []),
      ...(kind === 'sigmoid' || kind === 'tanh' ? [{ tag: `saturated/${name}`, scalar: saturated }] : []),
      ...histogram(`activation/${name}`, values),
    ]),
  ];
}

function histogram(tag: string, spread: Spread): readonly SummaryValue[] {
  const made = histogramOfSpread(spread);
  return made === null ? [] : [{ tag, histogram: made }];
}

/** Null: no value is finite. */
export function histogramOfSpread({ count, mean, deviation, min, max, bins }: Spread): Histogram | null {
  if (count === 0) return null;
  const width = (max - min) / bins.length;
  return {
    ...{ min, max, count, sum: mean * count, sumOfSquares: (deviation * deviation + mean * mean) * count },
    // The limit before the first bucket is that of another one, which is empty.
    limits: [min, ...bins.map((_, bin) => (bin === bins.length - 1 ? max : min + (bin + 1) * width))],
    buckets: [0, ...bins],
  };
}
