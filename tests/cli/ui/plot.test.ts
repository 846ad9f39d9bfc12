import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EpochFigures } from '../../../src/cli/ui/epochs.ts';
import { plotLines } from '../../../src/cli/ui/plot.ts';

const epochs = (...losses: readonly number[]): readonly EpochFigures[] =>
  losses.map((loss, epoch) => ({
    epoch,
    training: { loss, accuracy: Math.max(0, 1 - loss) },
    validation: { loss, accuracy: Math.max(0, 1 - loss) },
    seconds: 1,
  }));

it('a falling loss falls from the top left to the bottom right, between its labels', () => {
  const [title, top, ...rest] = plotLines(epochs(1, 0.5, 0), 40);
  expect(title).toBe('          loss');
  expect(top).toMatch(/^   1\.0000 [\u2800-\u28FF]/);
  const bottom = rest[4]!;
  expect(bottom).toMatch(/^   0\.0000 .*[\u2800-\u28FF]$/);
  expect(bottom.length).toBe(40);
  expect(rest[5]).toMatch(/^ +epoch 1 +3$/);
});

it('draws loss and accuracy beside each other where there is room, else below', () => {
  expect(plotLines(epochs(1, 0.5), 79).length).toBe(17);
  expect(plotLines(epochs(1, 0.5), 80).length).toBe(9);
});

it('draws nothing of a single epoch, and nothing on a narrow terminal', () => {
  expect(plotLines(epochs(1), 80)).toEqual([]);
  expect(plotLines(epochs(1, 2), 39)).toEqual([]);
});

it('one loss far above all others does not press these flat', () => {
  expect(plotLines(epochs(1000, 1, 1.5, 1, 0.5), 40)[1]).toMatch(/^  >6\.0000 /);
});

it('is never wider than the terminal, whatever the numbers', () => {
  const number = fc.oneof(fc.double({ min: 0, max: 1e90 }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 2, maxLength: 50 }),
      fc.integer({ min: 40, max: 200 }),
      (losses, columns) => {
        for (const line of plotLines(epochs(...losses), columns)) expect(line.length).toBeLessThanOrEqual(columns);
      },
    ),
    { numRuns: 50 },
  );
});
