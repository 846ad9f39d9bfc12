import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';

/** Pixels a side; networks halve their input several times. */
const LEAST = 8;

/** Null: the images are large enough to train on. */
export function tooSmall({ name, imageShape: [height, width] }: DatasetDescription): GradsocketError | null {
  if (Math.min(height, width) >= LEAST) return null;
  return new GradsocketError(
    'IMAGES_TOO_SMALL',
    EXIT.badData,
    `The images of ${name} are ${height}x${width}; networks take ${LEAST}x${LEAST} and more. Pass --image-size ${LEAST} or more to enlarge them.`,
  );
}
