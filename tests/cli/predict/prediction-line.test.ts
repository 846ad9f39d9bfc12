import { expect, it } from 'vitest';
import { predictionLine } from '../../../src/cli/predict/prediction-line.ts';
import { widthOf } from '../../../src/cli/ui/width.ts';

it('names of hundreds of letters leave the figures on the screen, and are told apart by their ends', () => {
  const labels = ['a', 'b', 'c'].map((end) => 'x'.repeat(200) + end);
  const line = predictionLine(['1.jpg'], labels)(
    '1.jpg',
    labels.map((label) => ({ label, probability: 1 / 3 })),
  );
  expect(line.match(/x+\.\.x+[abc] +33\.3 %/g)).toHaveLength(3);
  expect(widthOf(line)).toBeLessThan(200);
});
