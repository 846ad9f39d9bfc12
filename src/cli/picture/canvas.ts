import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from './glyphs.ts';

export type Colour = readonly [number, number, number];

export interface Placed {
  readonly x: number;
  readonly y: number;
  /** Each pixel becomes a square of this many. */
  readonly scale: number;
}

/** Pixels [h, w, c] of one image. */
export interface Image {
  readonly pixels: Uint8Array;
  readonly shape: readonly [number, number, 1 | 3];
}

/** An RGB picture to draw images and lines of text on. What lies beyond its borders is cut off. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;

  constructor(width: number, height: number, background: Colour) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(3 * width * height);
    this.rectangle(0, 0, width, height, background);
  }

  rectangle(x: number, y: number, width: number, height: number, [red, green, blue]: Colour): void {
    const right = Math.min(this.width, x + width);
    const bottom = Math.min(this.height, y + height);
    for (let row = Math.max(0, y); row < bottom; row++) {
      for (let column = Math.max(0, x); column < right; column++) {
        const at = 3 * (row * this.width + column);
        this.pixels[at] = red;
        this.pixels[at + 1] = green;
        this.pixels[at + 2] = blue;
      }
    }
  }

  image({ pixels, shape: [height, width, channels] }: Image, { x, y, scale }: Placed): void {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = (row * width + column) * channels;
        const red = pixels[at]!;
        const colour: Colour = channels === 1 ? [red, red, red] : [red, pixels[at + 1]!, pixels[at + 2]!];
        this.rectangle(x + column * scale, y + row * scale, scale, scale, colour);
      }
    }
  }

  text(text: string, { x, y, scale }: Placed, colour: Colour): void {
    Array.from(text).forEach((character, place) => {
      const left = x + place * (GLYPH_WIDTH + 1) * scale;
      glyphOf(character).forEach((bits, row) => {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (((bits >> column) & 1) === 0) continue;
          this.rectangle(left + column * scale, y + row * scale, scale, scale, colour);
        }
      });
    });
  }
}

/** How wide a line of text comes out. */
export function textWidth(text: string, scale: number): number {
  return Math.max(0, Array.from(text).length * (GLYPH_WIDTH + 1) - 1) * scale;
}

export function textHeight(scale: number): number {
  return GLYPH_HEIGHT * scale;
}
