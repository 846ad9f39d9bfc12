import { EXIT, GradsocketError } from '../../shared/errors.ts';
import {
  type Normalisation,
  normalisationOf,
  type Preprocessing,
  resizeAndCrop,
} from '../../shared/job/preprocessing.ts';
import type { Decode } from './decode.ts';

/** How the job wants images decoded; undefined: as always. */
export function decodingOf(preprocessing: Preprocessing): Decode {
  const { resize, interpolation, colourProfile } = preprocessing;
  const cover = resize === null || resize === 'cover';
  if (cover && (interpolation ?? 'lanczos') === 'lanczos' && (colourProfile ?? 'apply') === 'apply') return undefined;
  return {
    resize: resizeAndCrop(preprocessing)?.shorter ?? (cover ? 'cover' : 'squash'),
    interpolation: interpolation ?? 'lanczos',
    colourProfile: colourProfile ?? 'apply',
  };
}

/** What the job normalises by, for each channel; null: by mean and deviation of the training images. */
export function normalisedBy(preprocessing: Preprocessing, channels: 1 | 3): Normalised | null {
  const given = normalisationOf(preprocessing);
  if (given === null) return null;
  const { length } = given.mean;
  if (length !== 1 && length !== channels) {
    throw new GradsocketError(
      'NORMALISE_CHANNELS',
      EXIT.configuration,
      `--normalize ${preprocessing.normalise} is for ${length} channels, and the images have ${channels}. ` +
        (channels === 1 ? 'Add --color rgb, or pass one mean and one deviation.' : 'Pass as many means as channels.'),
    );
  }
  const each = (values: readonly number[]) => Array.from({ length: channels }, (_, c) => values[c] ?? values[0]!);
  return { mean: each(given.mean), deviation: each(given.deviation) };
}

type Normalised = { readonly [Name in keyof Normalisation]: number[] };
