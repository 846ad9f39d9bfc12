import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Augmentation } from '../../shared/job/augmentation.ts';
import type { ImageShape } from '../samples/dataset.ts';

/** What can be known only with the images: an augmentation that would leave nothing of some of them is refused. */
export function checkAugmentation({ cropPadding, cutout }: Augmentation, [height, width]: ImageShape): void {
  const smaller = Math.min(height, width);
  const size = `images of ${height}x${width}`;
  if (cropPadding >= smaller) {
    throw refusal(`--crop-padding ${cropPadding} can shift ${size} out of sight.`, smaller);
  }
  if (cutout >= smaller) throw refusal(`--cutout ${cutout} can hide ${size} altogether.`, smaller);
}

function refusal(what: string, below: number): GradsocketError {
  return new GradsocketError('AUGMENTATION', EXIT.configuration, `${what} Choose less than ${below}.`);
}
