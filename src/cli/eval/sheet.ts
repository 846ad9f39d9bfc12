import { basename } from 'node:path';
import type { ImageShape } from '../../data/samples/dataset.ts';
import { Canvas, textHeight, textWidth } from '../picture/canvas.ts';
import { enlargement, FAINT, GAP, INK, MARGIN, PAPER, ROW, shortened } from '../picture/theme.ts';
import { lossText, percentText } from '../ui/text.ts';

/** A mistake, with what a picture of it needs. */
export interface PicturedMistake {
  readonly pixels: Uint8Array;
  readonly actual: string;
  /** Null: none. */
  readonly decided: string | null;
  readonly probability: number;
  readonly loss: number;
  /** File, or place in one. */
  readonly name: string;
}

/** Characters of a caption; the tiles of small images are as wide as these. */
const CAPTION = 30;
const TEXT = 1;
const TITLE = 2;
/** Between a caption and the row below. */
const ROW_GAP = 20;

/** The images as the network gets them, row by row, each with what it is and what it was taken for. */
export function drawMistakes(mistakes: readonly PicturedMistake[], shape: ImageShape, title: string): Canvas {
  const [height, width] = shape;
  const scale = enlargement(height, width);
  const tile = Math.max(width * scale, textWidth('x'.repeat(CAPTION), TEXT)) + 2 * GAP;
  const characters = Math.floor((tile - GAP) / (textWidth('xx', TEXT) - textWidth('x', TEXT)));
  const line = textHeight(TEXT) + GAP;
  const row = height * scale + GAP + 4 * line + ROW_GAP;
  const across = Math.max(1, Math.min(Math.floor(ROW / tile), mistakes.length));
  const top = MARGIN + textHeight(TITLE) + MARGIN;
  const canvas = new Canvas(
    Math.max(MARGIN + across * tile + MARGIN, MARGIN + textWidth(title, TITLE) + MARGIN),
    top + Math.ceil(mistakes.length / across) * row + MARGIN,
    PAPER,
  );
  canvas.text(title, { x: MARGIN, y: MARGIN, scale: TITLE }, INK);
  for (const [place, mistake] of mistakes.entries()) {
    const x = MARGIN + (place % across) * tile;
    const y = top + Math.floor(place / across) * row;
    canvas.image({ pixels: mistake.pixels, shape }, { x, y, scale });
    captionOf(mistake, characters).forEach((text, index) => {
      const below = y + height * scale + GAP + index * line;
      canvas.text(text, { x, y: below, scale: TEXT }, index < 2 ? INK : FAINT);
    });
  }
  return canvas;
}

/** In lines of at most `most` characters. */
function captionOf(mistake: PicturedMistake, most: number): readonly string[] {
  const { actual, decided, probability, loss, name } = mistake;
  return [
    shortened(`is ${actual}`, most),
    shortened(decided === null ? 'taken for none' : `taken for ${decided}`, most),
    shortened(`${percentText(probability)}, loss ${lossText(loss)}`, most),
    shortName(name, most),
  ];
}

/** What tells samples apart: their place in a file of many, or the end of their path. */
function shortName(name: string, most: number): string {
  const place = /^((?:image|record) \d+) of /.exec(name)?.[1];
  const characters = Array.from(place ?? basename(name));
  return characters.length <= most ? characters.join('') : `..${characters.slice(2 - most).join('')}`;
}
