import { expect, it } from 'vitest';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { nearlyNumber } from '../../../src/shared/job/nearly.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const advice = (flag: string, value: unknown): string | null =>
  nearlyNumber(fieldsOf(jobSchema).find(({ name }) => name === flag)!, value);

it.each([
  ['validation-split', '20', 'did you mean 0.2? It is a share of one, not per cent'],
  ['validation-split', 20, 'did you mean 0.2? It is a share of one, not per cent'],
  ['dropout', '12.5%', 'did you mean 0.125? It is a share of one, not per cent'],
  ['momentum', '90 %', 'did you mean 0.9? It is a share of one, not per cent'],
  ['image-size', '224x224', 'did you mean 224? It is one number: images are made square'],
  ['image-size', '(64, 48)', 'did you mean 64? It is one number: images are made square'],
  ['image-size', '[32,32,3]', 'did you mean 32? It is one number: images are made square'],
  ['image-size', '64px', 'did you mean 64? It is a whole number of at least 8 and at most 1024, without a unit'],
  ['epochs', '10 epochs', 'did you mean 10? It is a whole number of at least 1, without a unit'],
  ['batch', '1_024', 'did you mean 1024? It is written without separators'],
  ['lr', '0,001', 'did you mean 0.001? It is written with a point'],
  ['weight-decay', ',0005', 'did you mean 0.0005? It is written with a point'],
  ['batch', '1,024', 'did you mean 1024? It is written without separators'],
  ['steps', '10k', 'did you mean 10000? It is written out'],
  ['weight-decay', 'none', "did you mean --weight-decay ''? That leaves it out"],
  ['mixup', 'off', 'did you mean 0'],
  ['clip-norm', 'off', "did you mean --clip-norm ''? That leaves it out"],
])('of --%s %s it says: %s', (flag, value, sentence) => {
  expect(advice(flag, value)).toBe(sentence);
});

it.each([
  ['validation-split', '200'],
  ['dropout', '1'],
  ['dropout', '1.5'],
  ['validation-split', '-20'],
  ['image-size', '4x4'],
  ['image-size', 'large'],
  ['batch', '0'],
  ['batch', 'auto'],
  ['batch', '0,001'],
  ['epochs', 'off'],
  ['batch', '64x2'],
  ['optimizer', '20%'],
])('has no advice for --%s %s', (flag, value) => {
  expect(advice(flag, value)).toBeNull();
});
