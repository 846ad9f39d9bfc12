import type sharpModule from 'sharp';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

let loading: Promise<typeof sharpModule> | null = null;

/** Loaded when first needed: raw datasets do without it. */
export function loadSharp(): Promise<typeof sharpModule> {
  loading ??= import('sharp').then(
    ({ default: sharp }) => {
      // One thread an image, several images at once; nothing is decoded twice, so libvips' own cache is dead weight.
      sharp.concurrency(1);
      sharp.cache(false);
      return sharp;
    },
    (error: unknown) => {
      throw sharpMissing(error);
    },
  );
  return loading;
}

/** Its machine code is a package of its own for each kind of machine, which installations leave out easily. */
export function sharpMissing(cause: unknown): GradsocketError {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split('\n').map((line) => line.trim());
  // It says what it could not do, then why where it knows, then what might help.
  const end = lines.indexOf('Possible solutions:');
  const reasons = lines.slice(1, end === -1 ? lines.length : end).filter((line) => line !== '');
  const why =
    reasons.length > 0 ? reasons.join('; ') : `what it needs on ${process.platform} ${process.arch} is not installed`;
  return new GradsocketError(
    'NO_SHARP',
    EXIT.configuration,
    `Images are read and written with the package sharp, which does not load here: ${why}. Install it with its optional dependencies ` +
      '(npm install --include=optional sharp), or, where it has none for this machine, with @img/sharp-wasm32 beside it.',
    { cause },
  );
}
