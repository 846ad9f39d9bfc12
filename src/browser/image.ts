import type { PixelSource } from './pixels.ts';

/** What a browser shows, or pixels: `ImageData`, `<img>`, `<canvas>`, `<video>`, `ImageBitmap`, `OffscreenCanvas`. */
export type ShownImage = PixelSource | Exclude<CanvasImageSource, SVGImageElement | VideoFrame>;

/** In their own size, whatever they are shown in. */
export function pixelsOf(image: ShownImage): PixelSource {
  if ('data' in image) return image;
  const { width, height } = sizeOf(image);
  if (width === 0 || height === 0) {
    throw new TypeError('The image has no pixels yet: wait until it is loaded (await image.decode()).');
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function sizeOf(image: Exclude<ShownImage, PixelSource>): { readonly width: number; readonly height: number } {
  if ('naturalWidth' in image) return { width: image.naturalWidth, height: image.naturalHeight };
  return 'videoWidth' in image ? { width: image.videoWidth, height: image.videoHeight } : image;
}
