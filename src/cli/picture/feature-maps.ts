import { Canvas, type Image, textHeight } from './canvas.ts';
import { FAINT, GAP, INK, MARGIN, PAPER } from './theme.ts';
import { colourOf } from './colours.ts';

/** What a layer made of one image: [h, w, channels]. */
export interface FeatureMap {
  readonly name: string;
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly values: Float32Array;
}

const TILE = 72;
const ACROSS = 12;
const LABEL = 150;

/** The image as the network gets it, and below it a row for each layer: the channels that answer most to it, each by its own brightness. */
export function drawFeatureMaps(image: Image, layers: readonly FeatureMap[], title: string): Canvas {
  const line = textHeight(1) + GAP;
  const [height, width] = image.shape;
  const scale = Math.max(1, Math.floor(128 / Math.max(height, width)));
  const top = MARGIN + textHeight(2) + MARGIN;
  const below = top + height * scale + MARGIN;
  const canvas = new Canvas(
    Math.max(MARGIN + LABEL + ACROSS * (TILE + GAP) + MARGIN, width * scale + 2 * MARGIN),
    below + layers.length * (TILE + GAP) + MARGIN,
    PAPER,
  );
  canvas.text(title, { x: MARGIN, y: MARGIN, scale: 2 }, INK);
  canvas.image(image, { x: MARGIN, y: top, scale });
  layers.forEach((layer, row) => {
    const y = below + row * (TILE + GAP);
    const [rows, columns, channels] = layer.shape;
    canvas.text(layer.name, { x: MARGIN, y: y + 8, scale: 1 }, INK);
    canvas.text(`${rows}x${columns}, ${channels} maps`, { x: MARGIN, y: y + 8 + line, scale: 1 }, FAINT);
    strongest(layer, ACROSS).forEach((channel, place) => {
      drawMap(canvas, layer, channel, MARGIN + LABEL + place * (TILE + GAP), y);
    });
  });
  return canvas;
}

/** Channels by their mean answer, the strongest first. */
function strongest({ shape: [rows, columns, channels], values }: FeatureMap, most: number): readonly number[] {
  const sums = new Float64Array(channels);
  for (let place = 0; place < rows * columns; place++) {
    for (let channel = 0; channel < channels; channel++)
      sums[channel]! += Math.abs(values[place * channels + channel]!);
  }
  return Array.from(sums.keys())
    .toSorted((a, b) => sums[b]! - sums[a]! || a - b)
    .slice(0, most);
}

function drawMap(canvas: Canvas, { shape, values }: FeatureMap, channel: number, x: number, y: number): void {
  const [rows, columns, channels] = shape;
  const at = (row: number, column: number): number => values[(row * columns + column) * channels + channel]!;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let place = 0; place < rows * columns; place++) {
    const value = values[place * channels + channel]!;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  for (let py = 0; py < TILE; py++) {
    for (let px = 0; px < TILE; px++) {
      const value = at(Math.floor((py * rows) / TILE), Math.floor((px * columns) / TILE));
      canvas.rectangle(x + px, y + py, 1, 1, colourOf(high > low ? (value - low) / (high - low) : 0));
    }
  }
}
