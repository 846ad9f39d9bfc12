import type { ImageShape } from '../../data/samples/dataset.ts';
import type { Canvas, Image } from '../picture/canvas.ts';
import { drawGallery, endOf } from '../picture/gallery.ts';
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
  /** In place of the image as the network gets it: the same with something laid over. */
  readonly overlaid?: Image;
}

/** The images as the network gets them, row by row, each with what it is and what it was taken for. */
export function drawMistakes(mistakes: readonly PicturedMistake[], shape: ImageShape, title: string): Canvas {
  const [height, width] = shape;
  return drawGallery(
    mistakes.map((mistake) => ({
      image: mistake.overlaid ?? { pixels: mistake.pixels, shape },
      caption: captionOf(mistake),
    })),
    [height, width],
    title,
  );
}

function captionOf({ actual, decided, probability, loss, name }: PicturedMistake): readonly string[] {
  return [
    `is ${actual}`,
    decided === null ? 'taken for none' : `taken for ${decided}`,
    `${percentText(probability)}, loss ${lossText(loss)}`,
    shortName(name),
  ];
}

/** What tells samples apart: their place in a file of many, or the end of their path. */
function shortName(name: string): string {
  return endOf(/^((?:image|record) \d+) of /.exec(name)?.[1] ?? name);
}
