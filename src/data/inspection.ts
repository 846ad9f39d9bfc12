import type { Preprocessing } from '../shared/job/preprocessing.ts';
import { forEachBounded } from './files/bounded.ts';
import type { Candidates } from './samples/candidates.ts';
import type { DatasetProgress, ImageShape } from './samples/dataset.ts';
import { type Decode, decodeImage, readHeader, resizePixels } from './images/decode.ts';
import { addPixels, type PixelSums, pixelSums } from './images/statistics.ts';

/** What there is to know of the candidates' pixels, whatever the split will be. */
export interface Inspection {
  readonly shape: ImageShape;
  /** Candidates that cannot be decoded, ascending, each with the reason. */
  readonly bad: ReadonlyMap<number, string>;
  readonly sums: PixelSums;
  /** False: it stopped early, and there may be more bad ones. */
  readonly isWhole: boolean;
}

/** Where images have different sizes. */
const DEFAULT_SIZE = 64;
/** How many are still looked at after a bad one that ends it all, so that it can be said how many more there are. */
const LOOK_ON = 500;
/** Images in memory at once; libvips decodes them in threads. */
const DECODES = 4;

/**
 * Decodes every candidate once: finds the shape, the bad ones and the sums that mean and deviation come from. Stops
 * a while after the first bad one if `failFast`.
 */
export async function inspect(
  candidates: Candidates,
  options: {
    /** Pixels a side; null: the images' own where all agree, else as always. */
    readonly imageSize: number | null;
    readonly colour: Preprocessing['colour'];
    readonly decoding: Decode;
    readonly maxPixels: number;
    readonly unreadable: ReadonlyMap<number, string>;
    readonly failFast: boolean;
    readonly onProgress: (progress: DatasetProgress) => void;
  },
): Promise<Inspection> {
  const total = candidates.samples.length;
  const bad = new Map(options.unreadable);
  let lookedOn = 0;
  const isOver = (): boolean => options.failFast && bad.size > 0 && ++lookedOn > LOOK_ON;
  const shape = await findShape(candidates, bad, isOver, options);
  const sums = pixelSums(total, shape[2]);
  let done = 0;
  await forEachBounded(total, DECODES, async (index) => {
    if (!bad.has(index) && !isOver()) {
      const bytes = await candidates.read(index);
      const result =
        candidates.rawShape === null
          ? await decodeImage(bytes, shape, options.decoding, options.maxPixels)
          : { pixels: await fitRaw(bytes, candidates.rawShape, shape, options.decoding), reason: null };
      if (result.reason === null) addPixels(sums, index, result.pixels, shape[2]);
      else bad.set(index, result.reason);
    }
    options.onProgress({ phase: 'decoding', done: ++done, total });
  });
  return { shape, bad: new Map([...bad].toSorted(([a], [b]) => a - b)), sums, isWhole: lookedOn <= LOOK_ON };
}

/** Raw pixels as they are served: of the shape that the dataset is to have. */
export async function fitRaw(pixels: Uint8Array, from: ImageShape, to: ImageShape, how: Decode): Promise<Uint8Array> {
  // Where the middle is taken of something larger, the size says nothing.
  const asIs = typeof how?.resize !== 'number' && from.every((n, axis) => n === to[axis]);
  return asIs ? pixels : resizePixels(pixels, from, to, how);
}

async function findShape(
  candidates: Candidates,
  bad: Map<number, string>,
  isOver: () => boolean,
  options: {
    readonly imageSize: number | null;
    readonly colour: Preprocessing['colour'];
    readonly maxPixels: number;
    readonly onProgress: (progress: DatasetProgress) => void;
  },
): Promise<ImageShape> {
  const { imageSize, colour, maxPixels, onProgress } = options;
  if (candidates.rawShape !== null) {
    const [height, width, channels] = candidates.rawShape;
    return [imageSize ?? height, imageSize ?? width, channelsOf(colour, channels)];
  }
  const total = candidates.samples.length;
  const sizes = new Set<string>();
  let size: readonly [number, number] = [DEFAULT_SIZE, DEFAULT_SIZE];
  let grey = true;
  let done = 0;
  await forEachBounded(total, DECODES, async (index) => {
    if (!bad.has(index) && !isOver()) {
      const header = await readHeader(await candidates.read(index), maxPixels);
      if (header.reason !== null) bad.set(index, header.reason);
      else {
        size = [header.height, header.width];
        sizes.add(size.join('x'));
        grey &&= header.grey;
      }
    }
    onProgress({ phase: 'measuring', done: ++done, total });
  });
  if (imageSize !== null) size = [imageSize, imageSize];
  else if (sizes.size !== 1) size = [DEFAULT_SIZE, DEFAULT_SIZE];
  // One channel only where nothing is lost by it.
  return [...size, channelsOf(colour, grey && sizes.size > 0 ? 1 : 3)];
}

function channelsOf(colour: Preprocessing['colour'], needed: 1 | 3): 1 | 3 {
  return colour === 'auto' ? needed : colour === 'gray' ? 1 : 3;
}
