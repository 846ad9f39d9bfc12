import { describe, expect, test } from 'vitest';
import { colourJitter } from '../../../src/data/augment/colour-jitter.ts';
import type { ImageShape } from '../../../src/data/samples/dataset.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';
import { apply, noise } from './pictures.ts';

const SHAPE: ImageShape = [6, 5, 3];

/** One change after the other, as it is usually written. */
function oneByOne(picture: Uint8Array, strength: number, sample: number): number[] {
  const random = new RandomStream(1, STREAM.augmentation, 0, sample);
  const factor = (): number => 1 + strength * (2 * random.uniform() - 1);
  const grey = (pixels: readonly number[], i: number): number => {
    const [red, green, blue] = pixels.slice(3 * i, 3 * i + 3);
    return (77 * red! + 150 * green! + 29 * blue!) / 256;
  };
  const brightness = factor();
  let pixels = [...picture].map((value) => value * brightness);
  const contrast = factor();
  const mean = pixels.reduce((sum, _, i) => (i % 3 === 0 ? sum + grey(pixels, i / 3) : sum), 0) / (pixels.length / 3);
  pixels = pixels.map((value) => mean + contrast * (value - mean));
  const saturation = factor();
  const greys = pixels.map((_, i) => grey(pixels, Math.floor(i / 3)));
  return pixels.map((value, i) => Math.min(255, Math.max(0, greys[i]! + saturation * (value - greys[i]!))));
}

describe('colours', () => {
  test.each([0.1, 0.5, 1])('are what brightness, contrast and saturation make of them (strength %d)', (strength) => {
    const picture = noise(SHAPE, 3);
    apply(colourJitter(SHAPE, strength), picture, 50).forEach((pixels, sample) => {
      const expected = oneByOne(picture, strength, sample);
      expect(Math.max(...expected.map((value, i) => Math.abs(value - pixels[i]!)))).toBeLessThanOrEqual(0.501);
    });
  });

  test('differ from image to image, darker and brighter', () => {
    const picture = new Uint8Array(90).fill(100);
    const values = apply(colourJitter(SHAPE, 0.3), picture).map(([first]) => first!);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(70);
    expect(Math.min(...values)).toBeLessThan(75);
    expect(Math.max(...values)).toBeLessThanOrEqual(130);
    expect(Math.max(...values)).toBeGreaterThan(125);
  });

  test('of a grey picture in three channels stay grey, and are those of the same picture in one', () => {
    const grey = noise([6, 5, 1], 4);
    const three = Uint8Array.from({ length: 90 }, (_, i) => grey[Math.floor(i / 3)]!);
    const one = apply(colourJitter([6, 5, 1], 0.4), grey);
    apply(colourJitter(SHAPE, 0.4), three).forEach((pixels, sample) => {
      const reds = Array.from({ length: 30 }, (_, i) => pixels[3 * i]!);
      expect(Array.from({ length: 30 }, (_, i) => pixels[3 * i + 1]!)).toEqual(reds);
      expect(Math.max(...reds.map((red, i) => Math.abs(red - one[sample]![i]!)))).toBeLessThanOrEqual(1);
    });
  });
});
