import type { Network } from '../../shared/network/network.ts';
import type { Image } from '../picture/canvas.ts';
import { headGradient } from './head-gradient.ts';

/** Where an image spoke for a class: shares of the strongest place, row by row. */
export interface Heat {
  readonly shape: readonly [height: number, width: number];
  readonly values: Float64Array;
}

/**
 * Grad-CAM (Selvaraju et al., 2017): the maps of a layer, each weighted by the mean gradient of the class's logit over its places, added up; what is
 * below zero speaks against the class and is left out. `node`: the layer; `features`: its values of one image.
 */
export function gradCam(
  network: Network,
  parameters: Float32Array,
  node: number,
  features: Float32Array,
  label: number,
): Heat {
  const [rows = 1, columns = 1, channels = 1] = network.nodes[node]!.shape;
  // A single logit speaks for the second class, and against the first.
  const single = network.outputs === 1;
  const { gradient } = headGradient(network, parameters, node, features, single ? 0 : label);
  const sign = single && label === 0 ? -1 : 1;
  const weights = new Float64Array(channels);
  gradient.forEach((value, place) => {
    weights[place % channels]! += (sign * value) / (rows * columns);
  });
  const values = new Float64Array(rows * columns);
  for (let place = 0; place < values.length; place++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += weights[channel]! * features[place * channels + channel]!;
    values[place] = Math.max(0, sum);
  }
  const most = Math.max(...values);
  return { shape: [rows, columns], values: most > 0 ? values.map((value) => value / most) : values };
}

/** The image with the heat laid over it: red where it is strongest, as it is where there is none. */
export function overlaid({ pixels, shape: [height, width, channels] }: Image, heat: Heat): Image {
  const out = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = smooth(heat, (y + 0.5) / height, (x + 0.5) / width);
      const [red, green, blue] = heatColour(share);
      const strength = 0.65 * share;
      for (const [channel, colour] of [red, green, blue].entries()) {
        const own = pixels[(y * width + x) * channels + (channels === 3 ? channel : 0)]!;
        out[(y * width + x) * 3 + channel] = Math.round(own * (1 - strength) + colour * strength);
      }
    }
  }
  return { pixels: out, shape: [height, width, 3] };
}

/** From yellow to red. */
function heatColour(share: number): readonly [number, number, number] {
  return [255, Math.round(220 * (1 - share)), 0];
}

/** Between the middles of the four nearest places. */
function smooth({ shape: [rows, columns], values }: Heat, down: number, along: number): number {
  const [y, x] = [
    Math.max(0, Math.min(rows - 1, down * rows - 0.5)),
    Math.max(0, Math.min(columns - 1, along * columns - 0.5)),
  ];
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [bottom, right] = [Math.min(rows - 1, top + 1), Math.min(columns - 1, left + 1)];
  const at = (row: number, column: number): number => values[row * columns + column]!;
  const mix = (from: number, to: number, share: number): number => from + (to - from) * share;
  return mix(mix(at(top, left), at(top, right), x - left), mix(at(bottom, left), at(bottom, right), x - left), y - top);
}
