import { expect, it } from 'vitest';
import { measure } from '../../../src/cli/trained/measure.ts';
import type { TrainedModel } from '../../../src/cli/trained/model.ts';

/** A sample's one pixel is its number; the model is sure of its number modulo three. */
function model(outputs: number) {
  const seen: number[] = [];
  const classifier = {
    run: (images: readonly Uint8Array[], labels: Int32Array) => {
      const logits = new Float32Array(images.length * outputs);
      images.forEach((pixels, place) => {
        seen.push(pixels[0]!);
        if (outputs === 1) logits[place] = pixels[0]! % 2 === 0 ? -2 : 2;
        else logits[place * outputs + (pixels[0]! % 3)] = 5;
      });
      // Results are valid until the next call only, as those of an engine.
      return Promise.resolve({ logits, losses: Float32Array.from(labels, (label) => label + 0.5) });
    },
  };
  return { classifier, seen, trained: { network: { outputs } } as Pick<TrainedModel, 'network'> };
}

const labelled = {
  samples: 11,
  labelOf: (index: number) => (index === 7 ? 0 : index % 3),
  pixels: (index: number) => Promise.resolve(Uint8Array.of(index)),
};

it.each([1, 4, 11, 100])('every sample is seen once and in order, %i at a time', async (batch) => {
  const { classifier, seen, trained } = model(3);
  const measured = await measure(classifier, trained, labelled, batch);
  expect(seen).toEqual(Array.from({ length: 11 }, (_, index) => index));
  const labels = Array.from({ length: 11 }, (_, index) => labelled.labelOf(index));
  expect([...measured.outcomes.labels]).toEqual(labels);
  expect([...measured.outcomes.decisions]).toEqual(seen.map((index) => index % 3));
  expect([...measured.outcomes.losses]).toEqual(labels.map((label) => label + 0.5));
  expect(measured).toMatchObject({ samples: 11, correct: 10, accuracy: 10 / 11 });
  expect(measured.loss).toBeCloseTo(labels.reduce((sum, label) => sum + label + 0.5, 0) / 11, 9);
  expect(measured.outcomes.probabilities[0]).toBeCloseTo(Math.exp(5) / (Math.exp(5) + 2), 6);
});

it('a single logit decides between two classes, and says how surely', async () => {
  const { classifier, trained } = model(1);
  const parity = { ...labelled, labelOf: (index: number) => index % 2 };
  const { correct, outcomes } = await measure(classifier, trained, parity, 4);
  expect(correct).toBe(11);
  expect([...outcomes.decisions]).toEqual(Array.from({ length: 11 }, (_, index) => index % 2));
  for (const probability of outcomes.probabilities) expect(probability).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
});
