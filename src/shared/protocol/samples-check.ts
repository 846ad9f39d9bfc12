import { crc32 } from 'node:zlib';
import type { Split } from './shared.ts';

interface Samples {
  readonly id: number;
  readonly split: Split;
  readonly items: readonly { readonly index: number; readonly label: number; readonly bytes: Uint8Array }[];
  readonly last: boolean;
}

/**
 * CRC-32 of all that a frame of samples says. A bit that turns over on the way would be trained on without anybody noticing: a sum over
 * other pixels is a sum like any other. Fields are taken as uint 32, little-endian.
 */
export function crcOfSamples({ id, split, items, last }: Samples): number {
  let crc = crc32(fields(id, split === 'train' ? 0 : 1, last ? 1 : 0, items.length));
  for (const { index, label, bytes } of items) crc = crc32(bytes, crc32(fields(index, label, bytes.length), crc));
  return crc;
}

/** Written anew for each sample: of small ones a frame has thousands. */
const scratch = new DataView(new ArrayBuffer(16));

function fields(...values: readonly number[]): Uint8Array {
  values.forEach((value, place) => scratch.setUint32(4 * place, value, true));
  return new Uint8Array(scratch.buffer, 0, 4 * values.length);
}
