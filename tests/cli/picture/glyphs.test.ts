import { expect, test } from 'vitest';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from '../../../src/cli/picture/glyphs.ts';

const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));

test('every printable ASCII character has a picture of its own, of the right size', () => {
  const pictures = PRINTABLE.map((character) => glyphOf(character));
  for (const rows of pictures) {
    expect(rows).toHaveLength(GLYPH_HEIGHT);
    for (const bits of rows) expect(bits).toBeLessThan(2 ** GLYPH_WIDTH);
  }
  expect(new Set(pictures.map((rows) => rows.join())).size).toBe(95);
  expect(glyphOf(' ').every((bits) => bits === 0)).toBe(true);
});

test('a letter with an accent is drawn as the letter', () => {
  expect(glyphOf('ü')).toEqual(glyphOf('u'));
  expect(glyphOf('É')).toEqual(glyphOf('E'));
});

test('what has no picture is shown as a box', () => {
  expect(glyphOf('猫')).toEqual(glyphOf('ß'));
  expect(PRINTABLE.map((character) => glyphOf(character).join())).not.toContain(glyphOf('猫').join());
});
