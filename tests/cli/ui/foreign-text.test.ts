import { describe, expect, test } from 'vitest';
import type { Output } from '../../../src/cli/ui/rewritten-line.ts';
import { createScreen } from '../../../src/cli/ui/screen.ts';
import { confusionLines, scoreLines } from '../../../src/cli/eval/class-table.ts';
import { dataLines } from '../../../src/cli/ui/data-table.ts';
import { fitted } from '../../../src/cli/ui/live-line.ts';
import { predictionLine } from '../../../src/cli/predict/prediction-line.ts';
import { createSweepScreen } from '../../../src/cli/sweep/screen/sweep-screen.ts';

/** Clears the screen, ends the line, turns the text around. */
const EVIL = '\u001b[2Jcat\nok \u202efdp\u009b';
const SHOWN = '\\u001B[2Jcat\\nok \\u202Efdp\\u009B';

function screenOf(isTTY: boolean) {
  const written: string[] = [];
  const out: Output = { isTTY, columns: 200, write: (text: string) => written.push(text) };
  return { options: { out, quiet: false, json: false, now: () => 0 }, text: () => written.join('') };
}

describe('text from elsewhere does not reach the terminal raw', () => {
  test.each([true, false])('in the events and results of a run (terminal: %s)', (isTTY) => {
    const { options, text } = screenOf(isTTY);
    const screen = createScreen(options);
    screen.show({ type: 'warning', message: EVIL });
    screen.show({ type: 'workerLost', worker: EVIL, reason: EVIL, cause: 'failed' });
    screen.show({ type: 'dataset', name: EVIL, train: 1, validation: 1, classes: 2, skipped: 0 });
    screen.say([`model     ${EVIL}`]);
    screen.note(EVIL);
    expect(text()).not.toMatch(/\u001b\[2J|cat\n|[\u202e\u009b]/);
    expect(text()).toContain('\\u202E');
  });

  test.each([true, false])('in those of a sweep (terminal: %s)', (isTTY) => {
    const { options, text } = screenOf(isTTY);
    const screen = createSweepScreen(options);
    screen.show({ type: 'note', message: EVIL });
    screen.show({ type: 'runStarted', run: 'a', label: EVIL, resumed: false });
    screen.say([EVIL]);
    expect(text()).not.toMatch(/\u001b\[2J|cat\n|[\u202e\u009b]/);
    expect(fitted([[EVIL, 1]], 100)).toBe(SHOWN);
  });

  test('in tables, whose columns are as wide as what is shown', () => {
    const [score] = [{ name: EVIL, precision: 1, recall: 1, f1: 1, support: 3 }];
    const lines = [
      ...scoreLines([score], { precision: 1, recall: 1, f1: 1 }),
      ...confusionLines([{ actual: 0, decided: 1, count: 2 }], [EVIL, 'b']),
    ];
    expect(lines[1]).toContain(SHOWN);
    expect(new Set(lines.slice(0, 3).map((line) => line.length)).size).toBe(1);
    const line = predictionLine([EVIL, 'b'], [EVIL, 'dog']);
    const guess = { label: 'dog', probability: 1 };
    expect(line(EVIL, [guess]).indexOf('dog')).toBe(line('b', [guess]).indexOf('dog'));
    expect([...lines, line(EVIL, [guess])].join('')).not.toMatch(/[\n\u001b\u202e\u009b]/);
  });

  test('in what is said of a dataset', () => {
    const description = {
      name: 'pets',
      digest: 'ab'.repeat(32),
      classes: [EVIL, 'b'],
      imageShape: [8, 8, 3] as [number, number, 3],
      encoding: 'image' as const,
      trainSamples: 2,
      validationSamples: 2,
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
    };
    const size = { min: 1, median: 1, max: 1 };
    const classes = [EVIL, 'b'].map((name) => ({ name, train: 1, validation: 1 }));
    const lines = dataLines(description, { classes, width: size, height: size, grey: 0 }, [], []);
    const [head, first, second] = lines.slice(lines.findIndex((line) => line.startsWith('class ')));
    expect(first).toContain(SHOWN);
    expect([head!.length, second!.length]).toEqual([first!.length, first!.length]);
  });
});
