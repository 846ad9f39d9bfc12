import { expect, it } from 'vitest';
import { rowsOf, rowsText, summaryOf } from '../../src/page/summary.ts';

const written = (value: number): string => value.toFixed(1);
const training = { name: 'training', steps: [1, 2, 3, 4], values: [2, 9, null, 0.5] };
const validation = { name: 'validation', steps: [2], values: [1.5] };

it('says of each line where it begins and ends, and where it was lowest and highest', () => {
  expect(summaryOf('Loss', [training, validation], written)).toBe(
    'Loss. training: from 2.0 at step 1 to 0.5 at step 4, lowest 0.5 at step 4, highest 9.0 at step 2. validation: 1.5 at step 2.',
  );
  expect(summaryOf('Loss', [{ name: 'training', steps: [], values: [] }], written)).toBe('Loss: nothing yet.');
});

it('the table has few rows, the last step among them', () => {
  expect(rowsOf([training, validation], 10)).toEqual([
    [1, 2, null],
    [2, 9, 1.5],
    [3, null, null],
    [4, 0.5, null],
  ]);
  expect(rowsOf([training, validation], 2).map(([step]) => step)).toEqual([2, 4]);
  // An evaluation between the steps that are told is told, too.
  expect(rowsOf([training, { ...validation, steps: [3] }], 2).map(([step]) => step)).toEqual([2, 3, 4]);
  expect([rowsText(1, 1), rowsText(2, 4)]).toEqual(['1 row', '2 rows of 4']);
});
