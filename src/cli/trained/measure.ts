import { evaluationChunks } from '../../shared/plan/schedule.ts';
import { sumOf } from '../../worker/tail.ts';
import type { Classifier } from './classifier.ts';
import type { Labelled } from './labelled.ts';
import type { TrainedModel } from './model.ts';

export interface Measured {
  readonly samples: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly seconds: number;
}

/** Every sample once, in order, without padding. */
export async function measure(
  classifier: Pick<Classifier, 'run'>,
  { network }: Pick<TrainedModel, 'network'>,
  labelled: Labelled,
  batch: number,
): Promise<Measured> {
  const begin = performance.now();
  let lossSum = 0;
  let correct = 0;
  for (const { start, end } of evaluationChunks(labelled.samples, batch)) {
    const indexes = Array.from({ length: end - start }, (_, offset) => start + offset);
    const pixels = await Promise.all(indexes.map((index) => labelled.pixels(index)));
    const labels = Int32Array.from(indexes, (index) => labelled.labelOf(index));
    const sums = sumOf(await classifier.run(pixels, labels), labels, labels.length, network.classes);
    lossSum += sums.lossSum;
    correct += sums.correct;
  }
  const { samples } = labelled;
  const seconds = (performance.now() - begin) / 1000;
  return { samples, correct, accuracy: correct / samples, loss: lossSum / samples, seconds };
}
