import type { Split } from '../../shared/protocol/shared.ts';

export interface EncodedSample {
  readonly label: number;
  /** Valid as long as it is referred to; may be a view of something larger. */
  readonly bytes: Uint8Array;
}

/** Where encoded samples come from: the coordinator, or a folder on this machine. */
export interface SampleSource {
  /** In the order asked for. */
  read(split: Split, indexes: readonly number[]): Promise<readonly EncodedSample[]>;
  /** Tells whoever serves the sample that it cannot be decoded. */
  reportBad(split: Split, index: number, reason: string): void;
  close(): Promise<void>;
}
