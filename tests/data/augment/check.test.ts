import { expect, test } from 'vitest';
import { checkAugmentation } from '../../../src/data/augment/check.ts';
import { augmentationSchema } from '../../../src/shared/job/augmentation.ts';

test.each([
  [{ cutout: 31, cropPadding: 31 }, null],
  [{ cutout: 32 }, '--cutout 32 can hide images of 32x40 altogether. Choose less than 32.'],
  [{ cropPadding: 33 }, '--crop-padding 33 can shift images of 32x40 out of sight. Choose less than 32.'],
])('what would leave nothing of an image is refused: %j', (settings, sentence) => {
  const check = (): void => checkAugmentation(augmentationSchema.parse(settings), [32, 40, 3]);
  if (sentence === null) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ message: sentence, exitCode: 78 }));
});
