import type { GradsocketError } from '../../shared/errors.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import type { ImageShape } from './dataset.ts';

interface Candidate {
  readonly label: number;
  /** null: the dataset has no split of its own. The same for all candidates. */
  readonly split: Split | null;
}

/** What a format finds in a folder or file, before anything was decoded, split or left out. */
export interface Candidates {
  readonly name: string;
  /** For messages: the path that the user gave. */
  readonly where: string;
  readonly classes: readonly string[];
  readonly samples: readonly Candidate[];
  /** Shape of raw pixels; null: samples are image files. */
  readonly rawShape: ImageShape | null;
  /** What the user should know of how the data was understood: sentences. */
  readonly notices: readonly string[];
  /** Why it cannot be trained on as it is, though a model can be measured on what is there. */
  readonly untrainable?: GradsocketError;
  nameOf(index: number): string;
  /** The file that holds nothing but this sample; null, or absent: there is none. */
  fileOf?(index: number): string | null;
  /** Raw pixels [h, w, c] of `rawShape`, or the bytes of the image file. */
  read(index: number): Promise<Uint8Array>;
}
