import type { Colour } from './canvas.ts';

/** How the sheets look that show images to people. */
export const PAPER: Colour = [250, 250, 248];
export const INK: Colour = [30, 30, 30];
export const FAINT: Colour = [120, 120, 120];

/** Small images are enlarged, by a whole number, to about this. */
const TILE = 96;

export const MARGIN = 16;
export const GAP = 6;
/** A row of images is about this long. */
export const ROW = 1_300;

/** By which whole number an image is enlarged. */
export function enlargement(height: number, width: number): number {
  return Math.max(1, Math.round(TILE / Math.max(height, width)));
}

/** A text of at most so many characters. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 2).join('')}..`;
}
