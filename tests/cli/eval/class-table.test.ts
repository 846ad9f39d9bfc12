import { describe, expect, it } from 'vitest';
import { cellsOf, meanOf, scoresOf } from '../../../src/cli/eval/confusion.ts';
import { confusionLines, scoreLines } from '../../../src/cli/eval/class-table.ts';

const outcomes = { labels: Int32Array.of(0, 0, 1, 1, 1), decisions: Int32Array.of(0, 1, 1, 1, 1) };

it('scores stand below each other, with a mean, and a dash where there is nothing to say', () => {
  const scores = scoresOf(cellsOf(outcomes), ['cat', 'dog', 'elephant']);
  expect(scoreLines(scores, meanOf(scores))).toEqual([
    'class     precision   recall      F1  samples',
    'cat         100.0 %   50.0 %  66.7 %        2',
    'dog          75.0 %  100.0 %  85.7 %        3',
    'elephant          -        -       -        0',
    'mean         87.5 %   75.0 %  76.2 %        5',
  ]);
});

describe('what was taken for what', () => {
  it('is a matrix under the names of classes', () => {
    expect(confusionLines(cellsOf(outcomes), ['cat', 'dog'])).toEqual([
      'Rows: what samples are. Columns: what they were taken for.',
      '     cat  dog',
      'cat    1    1',
      'dog    .    3',
    ]);
  });

  it('numbers classes whose names would make the columns wide', () => {
    expect(confusionLines(cellsOf(outcomes), ['cat', 'golden retriever']).slice(1)).toEqual([
      '                      (1)  (2)',
      '(1) cat                 1    1',
      '(2) golden retriever    .    3',
    ]);
  });

  it('is a list of the most frequent mistakes where classes are many', () => {
    const classes = Array.from({ length: 21 }, (_, index) => `c${index}`);
    const labels = Int32Array.from([...classes.keys(), 20]);
    const lines = confusionLines(cellsOf({ labels, decisions: labels.map((label) => (label + 1) % 21) }), classes);
    expect(lines.slice(0, 3)).toEqual(['is   taken for  times', 'c20  c0             2', 'c0   c1             1']);
    expect(lines.at(-1)).toBe('and 6 more pairs: --json has the whole matrix');
    expect(confusionLines(cellsOf({ labels, decisions: labels }), classes)).toEqual([
      'No class was taken for another one.',
    ]);
  });

  it('says so where a model has diverged', () => {
    const lines = confusionLines(cellsOf({ labels: Int32Array.of(0, 1), decisions: Int32Array.of(-1, -1) }), [
      'cat',
      'dog',
    ]);
    expect(lines.at(-1)).toBe("For 2 samples the model's outputs are no numbers: it has diverged.");
  });
});
