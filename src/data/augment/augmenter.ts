import type { Augmentation } from '../../shared/job/augmentation.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { RandomStream, STREAM } from '../../shared/random/stream.ts';
import { colourJitter } from './colour-jitter.ts';
import { cutout } from './cutout.ts';
import { flip } from './flip.ts';
import type { Operation } from './operation.ts';
import { paddedCrop } from './padded-crop.ts';
import { resizedCrop } from './resized-crop.ts';

/**
 * The pixels [h, w, c] of a training sample as the network sees them in an epoch. It never writes to what it gets, which
 * may be a cache's; what it gives is valid until it is called again.
 */
export type Augment = (pixels: Uint8Array, epoch: number, sample: number) => Uint8Array;

/**
 * Null: nothing is to be changed. What happens to a sample depends on (seed, epoch, sample) alone: not on the batch that it
 * is in, nor on which worker prepares it.
 */
export function augmenter(
  settings: Augmentation,
  { imageShape, mean }: Pick<DatasetDescription, 'imageShape' | 'mean'>,
  seed: number,
): Augment | null {
  const operations = operationsFor(settings, imageShape, mean);
  if (operations.length === 0) return null;
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  // Back and forth: no operation reads what it writes, and an epoch allocates nothing.
  const buffers = [new Uint8Array(size), new Uint8Array(size)] as const;
  return (pixels, epoch, sample) => {
    const random = new RandomStream(seed, STREAM.augmentation, epoch, sample);
    let from = pixels;
    for (const operation of operations) {
      const to = from === buffers[0] ? buffers[1] : buffers[0];
      operation(from, to, random);
      from = to;
    }
    return from;
  };
}

/** Where first, then colours, so that what is filled in or hidden stays as it is. */
function operationsFor(
  { flip: mirrored, cropPadding, resizedCrop: share, jitter, cutout: side }: Augmentation,
  shape: DatasetDescription['imageShape'],
  mean: readonly number[],
): readonly Operation[] {
  const operations: Operation[] = [];
  if (share !== null) operations.push(resizedCrop(shape, share));
  if (cropPadding > 0) operations.push(paddedCrop(shape, cropPadding));
  if (mirrored) operations.push(flip(shape));
  if (jitter > 0) operations.push(colourJitter(shape, jitter));
  const fill = mean.map((value) => Math.round(255 * value));
  if (side > 0) operations.push(cutout(shape, side, fill));
  return operations;
}
