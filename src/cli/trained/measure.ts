import { chunksOf } from '../../shared/plan/schedule.ts';
import { decided, sumOf } from '../../worker/assignment/tail.ts';
import type { Classifier } from './classifier.ts';
import type { Labelled } from './labelled.ts';
import type { TrainedModel } from './model.ts';
import { probabilitiesOf } from '../../shared/network/probabilities.ts';

export interface Measured {
  readonly samples: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly seconds: number;
  readonly outcomes: Outcomes;
}

/** What the model said of each sample, in their order. */
export interface Outcomes {
  readonly labels: Int32Array;
  /** -1 where no logit is a number. */
  readonly decisions: Int32Array;
  /** How probable the model thinks its decision, for each sample. */
  readonly probabilities: Float32Array;
  readonly losses: Float32Array;
}

/** Every sample once, in order, without padding. */
export async function measure(
  classifier: Pick<Classifier, 'run'>,
  { network }: Pick<TrainedModel, 'network'>,
  labelled: Pick<Labelled, 'samples' | 'labelOf' | 'pixels'>,
  batch: number,
): Promise<Measured> {
  const begin = performance.now();
  const { samples } = labelled;
  const { outputs } = network;
  const outcomes = {
    labels: new Int32Array(samples),
    decisions: new Int32Array(samples),
    probabilities: new Float32Array(samples),
    losses: new Float32Array(samples),
  };
  let lossSum = 0;
  let correct = 0;
  for (const { start, end } of chunksOf(samples, batch)) {
    const indexes = Array.from({ length: end - start }, (_, offset) => start + offset);
    const pixels = await Promise.all(indexes.map((index) => labelled.pixels(index)));
    const labels = Int32Array.from(indexes, (index) => labelled.labelOf(index));
    const classified = await classifier.run(pixels, labels);
    const sums = sumOf(classified, labels, labels.length, outputs);
    lossSum += sums.lossSum;
    correct += sums.correct;
    outcomes.labels.set(labels, start);
    outcomes.losses.set(classified.losses.subarray(0, labels.length), start);
    indexes.forEach((index, place) => {
      const logits = classified.logits.subarray(place * outputs, (place + 1) * outputs);
      const decision = decided(logits, 0, outputs);
      outcomes.decisions[index] = decision;
      outcomes.probabilities[index] = probabilitiesOf(logits)[decision] ?? Number.NaN;
    });
  }
  const seconds = (performance.now() - begin) / 1000;
  return { samples, correct, accuracy: correct / samples, loss: lossSum / samples, seconds, outcomes };
}
