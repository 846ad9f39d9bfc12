import { shellWord } from '../../shared/shell-word.ts';
import type { Preprocessing } from '../../shared/job/preprocessing.ts';
import type { Duplicates } from './duplicates.ts';
import type { DatasetDescription, Split } from '../../shared/protocol/shared.ts';

/** [height, width, channels] of a decoded sample. */
export type ImageShape = DatasetDescription['imageShape'];

/** How images are to become pixels is as in the job; where that is not said, as it always was. */
export interface DatasetOptions extends Partial<Preprocessing> {
  /** `digits`, or the path of a folder or file. */
  readonly data: string;
  /** Pixels a side; null: the images' own size where all agree, else 64. */
  readonly imageSize: number | null;
  /** Share of each class that is held out where the dataset has no split of its own. */
  readonly validationSplit: number;
  readonly badImages: 'fail' | 'skip';
  /** Images of more are not decoded; absent: as always. */
  readonly maxPixels?: number;
  readonly seed: number;
  /** What was found out about a dataset is kept in `cacheDir`/datasets, so that the next start need not decode it all. */
  readonly cacheDir: string;
  /**
   * Digest of what it is to be, where that is known: of a run that goes on, of the coordinator's own. Version 0.1.0 split by
   * another rule; its split is taken where it leads to this digest.
   */
  readonly expectedDigest?: string | null;
  readonly onProgress?: (progress: DatasetProgress) => void;
}

export interface DatasetProgress {
  /** unpacking: files of an archive; reading: every sample's bytes are hashed; measuring: image headers; decoding: every image, for mean and deviation. */
  readonly phase: 'unpacking' | 'reading' | 'measuring' | 'decoding';
  readonly done: number;
  /** null: not known. */
  readonly total: number | null;
}

export interface SkippedFile {
  readonly file: string;
  /** Continues `FILE cannot be decoded: `. */
  readonly reason: string;
}

/**
 * A dataset whose every sample was decoded once, so that training meets no bad image. It holds no file open: each read opens
 * what it reads, so that nothing has to be given back.
 */
export interface Dataset {
  readonly description: DatasetDescription;
  /** Left out because they cannot be decoded; empty unless bad images are to be skipped. */
  readonly skipped: readonly SkippedFile[];
  readonly duplicates: Duplicates;
  /** What the user should know before training, though nothing is refused: sentences. Empty: all is plain. */
  readonly notices: readonly string[];
  /** Shape of raw pixels before they are resized; null: the samples are image files. */
  readonly rawShape: ImageShape | null;
  labelOf(split: Split, index: number): number;
  /** File, or place in a file, for messages. */
  nameOf(split: Split, index: number): string;
  /** The digest of a sample's bytes as they lie in the dataset. */
  sha256Of(split: Split, index: number): Uint8Array;
  /** Encoded, as `description.encoding` says. */
  read(split: Split, index: number): Promise<Uint8Array>;
}

/** Samples to measure a model on, whatever could be trained on them. */
export interface MeasurableDataset
  extends Pick<DatasetDescription, 'name' | 'digest' | 'imageShape' | 'encoding' | 'decoding'> {
  readonly classes: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly samples: readonly {
    readonly label: number;
    /** Where it would be in training; by seed, unless the dataset says so itself. */
    readonly part: Split;
    readonly ownPart: boolean;
    readonly sha256: Uint8Array;
  }[];
  /** The name of the sample at a place in `samples`. */
  nameOf(place: number): string;
  read(place: number): Promise<Uint8Array>;
}

const NAMED = 5;

/** Where to see all that is broken in a dataset. */
export function listedBy(data: string): string {
  return `\`gradsocket data ${shellWord(data)}\` lists them`;
}

/** For the person at the terminal: how many files were left out and which, the first few by name. Null: none. `data`: where all are. */
export function skippedSentence(skipped: readonly SkippedFile[], data: string | null = null): string | null {
  if (skipped.length === 0) return null;
  const named = skipped.slice(0, NAMED).map(({ file, reason }) => `${file} (${reason})`);
  const more =
    skipped.length > NAMED ? `, and ${skipped.length - NAMED} more${data === null ? '' : `; ${listedBy(data)}`}` : '';
  const images = skipped.length === 1 ? '1 image was' : `${skipped.length} images were`;
  return `${images} skipped: ${named.join(', ')}${more}.`;
}
