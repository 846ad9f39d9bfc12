import { expect, it } from 'vitest';
import { drawMistakes, type PicturedMistake } from '../../../src/cli/eval/sheet.ts';
import { Canvas, type Colour } from '../../../src/cli/picture/canvas.ts';
import { FAINT, INK, PAPER } from '../../../src/cli/picture/theme.ts';

const SIDE = 48;

function mistake(grey: number, text: Partial<PicturedMistake> = {}): PicturedMistake {
  const pixels = new Uint8Array(SIDE * SIDE).fill(grey);
  return { pixels, actual: 'cat', decided: 'dog', probability: 0.75, loss: 1.5, name: 'val/cat/1.jpg', ...text };
}

function colourAt({ pixels, width }: Canvas, x: number, y: number): Colour {
  const at = 3 * (y * width + x);
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
}

/** Where a text stands on the sheet, drawn in this colour on paper; null: nowhere. */
function find(canvas: Canvas, text: string, scale: number, colour: Colour): { x: number; y: number } | null {
  const [width, height] = [text.length * 6 * scale - scale, 8 * scale];
  const wanted = new Canvas(width, height, PAPER);
  wanted.text(text, { x: 0, y: 0, scale }, colour);
  for (let y = 0; y + height <= canvas.height; y++) {
    for (let x = 0; x + width <= canvas.width; x++) if (matches(canvas, wanted, x, y)) return { x, y };
  }
  return null;
}

function matches(canvas: Canvas, part: Canvas, left: number, top: number): boolean {
  for (let y = 0; y < part.height; y++) {
    for (let x = 0; x < part.width; x++) {
      const [at, from] = [3 * ((top + y) * canvas.width + left + x), 3 * (y * part.width + x)];
      for (let c = 0; c < 3; c++) if (canvas.pixels[at + c] !== part.pixels[from + c]) return false;
    }
  }
  return true;
}

it('each image stands above what it is and what it was taken for', () => {
  const many = [mistake(40), mistake(90, { actual: 'bird', decided: null }), mistake(200, { decided: 'fish' })];
  const canvas = drawMistakes(many, [SIDE, SIDE, 1], 'The 3 worst');
  expect(find(canvas, 'The 3 worst', 2, INK)).toEqual({ x: 16, y: 16 });
  const places = ['taken for dog', 'taken for none', 'taken for fish'].map((text) => find(canvas, text, 1, INK));
  expect(places.map((place) => place?.y)).toEqual([places[0]!.y, places[0]!.y, places[0]!.y]);
  for (const [index, grey] of [40, 90, 200].entries()) {
    const { x, y } = places[index]!;
    // Twice as large as it is, right above the two lines of text.
    expect(colourAt(canvas, x, y - 24)).toEqual([grey, grey, grey]);
    expect(colourAt(canvas, x + 2 * SIDE - 1, y - 24)).toEqual([grey, grey, grey]);
    expect(colourAt(canvas, x + 2 * SIDE, y - 24)).toEqual(PAPER);
  }
});

it('shows what tells files apart: the end of a long name, or the place in a file of many', () => {
  const long = mistake(9, {
    actual: 'a'.repeat(50),
    name: 'val/cat/a name that goes on for longer than an image is wide 12.jpg',
  });
  const canvas = drawMistakes([long, mistake(9, { name: 'image 77 of mnist/t10k-images' })], [SIDE, SIDE, 1], 'x');
  expect(find(canvas, `is ${'a'.repeat(25)}..`, 1, INK)).not.toBeNull();
  expect(find(canvas, 'is wide 12.jpg', 1, FAINT)).not.toBeNull();
  expect(find(canvas, 'image 77', 1, FAINT)).not.toBeNull();
});

it('more than fit beside each other go into rows below, and without any there is the title', () => {
  const rows = (count: number): number =>
    drawMistakes(Array<PicturedMistake>(count).fill(mistake(9)), [SIDE, SIDE, 1], 'x').height;
  expect(rows(6)).toBe(rows(1));
  expect(rows(7) - rows(6)).toBe(rows(1) - rows(0));
  expect(find(drawMistakes([], [SIDE, SIDE, 1], 'No mistakes'), 'No mistakes', 2, INK)).not.toBeNull();
});
