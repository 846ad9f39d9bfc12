import { probabilitiesOf } from '../../shared/network/probabilities.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import { shownIn } from '../../shared/plan/shown-samples.ts';
import { SHOWN_SAMPLES, type ShownAnswer } from '../../shared/protocol/shared.ts';
import { type StepVectorLayout, TAIL_SCALARS } from '../../shared/network/layout.ts';

/** Sums over the samples of one run of a program. */
export interface Sums {
  lossSum: number;
  correct: number;
  samples: number;
  /** The sum of the weights of the samples' classes. */
  weights?: number;
}

/**
 * The sum is taken in float32 and in the order of samples, so that it is the same wherever the engine's losses are.
 * `outputs`: logits of a sample (`Network.outputs`). `labels`: where they are mixed, of the larger share.
 */
export function sumOf(
  result: { readonly logits: Float32Array; readonly losses: Float32Array },
  labels: Int32Array,
  samples: number,
  outputs: number,
): Sums {
  let lossSum = 0;
  let correct = 0;
  for (let sample = 0; sample < samples; sample++) {
    lossSum = Math.fround(lossSum + result.losses[sample]!);
    if (decided(result.logits, sample * outputs, outputs) === labels[sample]) correct++;
  }
  return { lossSum, correct, samples };
}

/** How often each class is the answer, and how often it would be right. Where the logits are no numbers there is no answer. */
export function countsOf(
  logits: Float32Array,
  labels: Int32Array,
  samples: number,
  { outputs, classes }: { readonly outputs: number; readonly classes: number },
): { answers: number[]; labels: number[] } {
  const counts = { answers: Array<number>(classes).fill(0), labels: Array<number>(classes).fill(0) };
  for (let sample = 0; sample < samples; sample++) {
    const answer = decided(logits, sample * outputs, outputs);
    if (answer >= 0) counts.answers[answer]!++;
    counts.labels[labels[sample]!]!++;
  }
  return counts;
}

/**
 * What the samples of a chunk that people are shown are taken for.  `samples`: of the whole evaluation. Where the logits are
 * no numbers there is no answer.
 */
export function shownOf(
  logits: Float32Array,
  outputs: number,
  { chunk, samples }: { readonly chunk: Range; readonly samples: number },
): readonly ShownAnswer[] {
  return shownIn(chunk, samples, SHOWN_SAMPLES).flatMap((sample): readonly ShownAnswer[] => {
    const start = (sample - chunk.start) * outputs;
    const answer = decided(logits, start, outputs);
    if (answer < 0) return [];
    return [[sample, answer, probabilitiesOf(logits.subarray(start, start + outputs))[answer]!]];
  });
}

/** In float32 and in the order of samples, as `sumOf`. */
export function weightsOf(labels: Int32Array, samples: number, classWeights: readonly number[]): number {
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) sum = Math.fround(sum + classWeights[labels[sample]!]!);
  return sum;
}

/** The same where labels are mixed: each class counts by its share. `outputs`: targets of a sample. */
export function weightsOfTargets(targets: Float32Array, outputs: number, classWeights: readonly number[]): number {
  let sum = 0;
  for (let start = 0; start < targets.length; start += outputs) {
    let weight = 0;
    for (let k = 0; k < classWeights.length; k++) {
      const share = outputs > 1 ? targets[start + k]! : k === 1 ? targets[start]! : 1 - targets[start]!;
      weight += share * classWeights[k]!;
    }
    sum = Math.fround(sum + weight);
  }
  return sum;
}

/**
 * The class that the logits of a sample stand for; -1 for none, as where one of them is not finite: what is left of the
 * others' order says nothing. A single logit is that of the second of two classes.
 */
export function decided(logits: Float32Array, start: number, outputs: number): number {
  if (outputs > 1) return largestOf(logits, start, outputs);
  const logit = logits[start]!;
  return Number.isFinite(logit) ? Number(logit > 0) : -1;
}

/** Index of the first largest of `count` values from `start` on; -1 where one is not finite. */
function largestOf(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let index = 0; index < count; index++) {
    const value = values[start + index]!;
    if (!Number.isFinite(value)) return -1;
    if (value > values[start + best]!) best = index;
  }
  return best;
}

/** Writes the tail of a microbatch: batch statistics weighted by its number of samples, then the scalars. */
export function writeTail(vector: Float32Array, layout: StepVectorLayout, statistics: Float32Array, sums: Sums): void {
  for (let index = 0; index < layout.buffers.length; index++) {
    vector[layout.statistics + index] = Math.fround(statistics[index]! * sums.samples);
  }
  vector[layout.scalars + TAIL_SCALARS.lossSum] = sums.lossSum;
  vector[layout.scalars + TAIL_SCALARS.correct] = sums.correct;
  vector[layout.scalars + TAIL_SCALARS.samples] = sums.samples;
  vector[layout.scalars + TAIL_SCALARS.stop] = 0;
  vector[layout.scalars + TAIL_SCALARS.weights] = sums.weights ?? 0;
}
