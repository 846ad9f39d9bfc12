import { Canvas } from './canvas.ts';
import { GAP, INK, MARGIN, PAPER } from './theme.ts';
import { textHeight, textWidth } from './canvas.ts';
import type { Span } from '../../shared/network/layout.ts';
import { colourOf } from './colours.ts';

const ACROSS = 16;
const SIDE = 48;
const TITLE = 2;

/**
 * The filters of a first convolution [k, k, channels, filters]. Of three channels they are colours, each filter around grey by its own largest
 * weight; of one, dark is negative and light positive.
 */
export function drawFilters(weights: Float32Array, { shape }: Span, title: string): Canvas {
  const [kernel = 1, , channels = 1, filters = 1] = shape;
  const across = Math.min(ACROSS, filters);
  const scale = Math.max(1, Math.floor(SIDE / kernel));
  const tile = kernel * scale + GAP;
  const top = MARGIN + textHeight(TITLE) + MARGIN;
  const canvas = new Canvas(
    Math.max(2 * MARGIN + across * tile, 2 * MARGIN + textWidth(title, TITLE)),
    top + Math.ceil(filters / across) * tile + MARGIN,
    PAPER,
  );
  canvas.text(title, { x: MARGIN, y: MARGIN, scale: TITLE }, INK);
  for (let filter = 0; filter < filters; filter++) {
    const weight = (place: number, channel: number): number =>
      weights[(place * channels + channel) * filters + filter]!;
    let most = 1e-12;
    for (let place = 0; place < kernel * kernel; place++) {
      for (let channel = 0; channel < channels; channel++) most = Math.max(most, Math.abs(weight(place, channel)));
    }
    const grey = (value: number): number => Math.round(127.5 + (127.5 * value) / most);
    for (let place = 0; place < kernel * kernel; place++) {
      const colour =
        channels === 3
          ? ([grey(weight(place, 0)), grey(weight(place, 1)), grey(weight(place, 2))] as const)
          : colourOf((weight(place, 0) / most + 1) / 2);
      const x = MARGIN + (filter % across) * tile + (place % kernel) * scale;
      const y = top + Math.floor(filter / across) * tile + Math.floor(place / kernel) * scale;
      canvas.rectangle(x, y, scale, scale, colour);
    }
  }
  return canvas;
}
