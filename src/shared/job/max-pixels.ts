import { z } from 'zod';

/** A file of a few kilobytes can claim gigapixels. Also what those mean who say nothing. */
export const MAX_PIXELS = 100_000_000;
/** Three bytes of each must fit into one buffer, of 4 GiB. */
export const MOST_PIXELS = 1_000_000_000;

export const maxPixels = z
  .int()
  .positive()
  .max(MOST_PIXELS)
  .default(MAX_PIXELS)
  .describe('an image of more pixels than this is not decoded: a small file can claim to be huge');
