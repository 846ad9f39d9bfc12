import { crc32c } from './crc32c.ts';

const HEAD_BYTES = 12;
const TAIL_BYTES = 4;

/** One record of a TFRecord file: length, its checksum, the data, their checksum; all little-endian. */
export function recordOf(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD_BYTES + data.length + TAIL_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(data, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + data.length, maskedChecksum(data), true);
  return record;
}

/** The format masks its checksums, since the checksum of data that hold their own checksum is a constant. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
