import type { Recipe } from '../../shared/job/recipe.ts';
import { parameterLayout } from '../../shared/network/layout.ts';
import type { Network } from '../../shared/network/network.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import type { Optimizer, UpdateRule } from './optimizer.ts';

/** A stretch of the parameters with one weight decay. */
export interface DecayRange extends Range {
  readonly weightDecay: number;
}

/** Which floats of the parameter vector decay by how much. Together they cover it, padding included, in order. */
export function decayRanges(
  network: Network,
  weightDecay: number,
  exempt: Recipe['decayExempt'],
): readonly DecayRange[] {
  const spared = exempt === 'none' ? new Set<number>() : normsAndBiases(network);
  const { spans, length } = parameterLayout(network);
  const ranges: DecayRange[] = [];
  for (const [index, { offset }] of spans.entries()) {
    const next = {
      start: offset,
      end: spans[index + 1]?.offset ?? length,
      weightDecay: spared.has(index) ? 0 : weightDecay,
    };
    const before = ranges.at(-1);
    // Fewer ranges are fewer calls of kernels.
    if (before?.weightDecay === next.weightDecay) ranges[ranges.length - 1] = { ...before, end: next.end };
    else ranges.push(next);
  }
  return ranges;
}

/** Indexes of the parameters of batch norms, and of the biases of the other layers. */
function normsAndBiases(network: Network): Set<number> {
  return new Set(
    network.nodes.flatMap(({ layer }) => {
      switch (layer.kind) {
        case 'batchNorm':
          return [layer.scale, layer.offset];
        case 'conv':
          return layer.bias === null ? [] : [layer.bias];
        case 'dense':
          return [layer.bias];
        case 'activation':
        case 'pool':
        case 'add':
        case 'globalAverage':
        case 'flatten':
        case 'dropout':
          return [];
      }
    }),
  );
}

/** The rule, with the weight decay of each range. */
export function withDecay(rule: UpdateRule, ranges: readonly DecayRange[]): Optimizer {
  return {
    moments: rule.moments,
    apply(range, update) {
      for (const { start, end, weightDecay } of ranges) {
        if (end <= range.start || range.end <= start) continue;
        rule.apply({ start: Math.max(start, range.start), end: Math.min(end, range.end) }, update, weightDecay);
      }
    },
  };
}
