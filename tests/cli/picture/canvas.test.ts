import { describe, expect, test } from 'vitest';
import { Canvas, type Colour, textHeight, textWidth } from '../../../src/cli/picture/canvas.ts';

const WHITE: Colour = [255, 255, 255];
const RED: Colour = [200, 0, 0];

/** A row of the picture for each line: `#` where it is red. */
function seen({ pixels, width, height }: Canvas): string[] {
  return Array.from({ length: height }, (_row, y) =>
    Array.from({ length: width }, (_column, x) => (pixels[3 * (y * width + x) + 1] === 0 ? '#' : '.')).join(''),
  );
}

describe('a canvas', () => {
  test('draws rectangles and cuts them off at its borders', () => {
    const canvas = new Canvas(5, 4, WHITE);
    canvas.rectangle(-2, 2, 4, 99, RED);
    expect(seen(canvas)).toEqual(['.....', '.....', '##...', '##...']);
  });

  test('draws images enlarged, grey ones in three channels', () => {
    const canvas = new Canvas(4, 2, WHITE);
    canvas.image({ pixels: Uint8Array.of(7, 9), shape: [1, 2, 1] }, { x: 0, y: 0, scale: 2 });
    expect([...canvas.pixels.subarray(0, 12)]).toEqual([7, 7, 7, 7, 7, 7, 9, 9, 9, 9, 9, 9]);
    expect(canvas.pixels.subarray(12)).toEqual(canvas.pixels.subarray(0, 12));
    canvas.image({ pixels: Uint8Array.of(1, 2, 3), shape: [1, 1, 3] }, { x: 3, y: 1, scale: 1 });
    expect([...canvas.pixels.subarray(21)]).toEqual([1, 2, 3]);
  });

  test('writes text', () => {
    const canvas = new Canvas(textWidth('Hi', 1), textHeight(1), WHITE);
    canvas.text('Hi', { x: 0, y: 0, scale: 1 }, RED);
    expect(seen(canvas)).toEqual([
      '#...#...#..',
      '#...#......',
      '#...#..##..',
      '#####...#..',
      '#...#...#..',
      '#...#...#..',
      '#...#..###.',
      '...........',
    ]);
  });

  test('enlarges text as it enlarges images', () => {
    expect([textWidth('abc', 2), textHeight(2), textWidth('', 3)]).toEqual([34, 16, 0]);
    const canvas = new Canvas(textWidth('-', 3), textHeight(3), WHITE);
    canvas.text('-', { x: 0, y: 0, scale: 3 }, RED);
    expect(seen(canvas).filter((row) => row === '#'.repeat(15))).toHaveLength(3);
  });
});
