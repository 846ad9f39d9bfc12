import { pack } from './msgpack.ts';

/**
 * Bulk frames carry one large `bin` whose bytes start at a multiple of 64 from the frame's start, so that a receiver can
 * use them in place:
 *
 *     [type, fields, padding, data]
 *     94  str  map  c4 n 00*n  c6 len32 data
 *
 * The padding is a `bin` of zeros, so that the frame stays one plain msgpack value.
 */
export const BULK_ALIGNMENT = 64;

const DATA_HEADER = 5;
const PADDING_HEADER = 2;

/**
 * Everything of a bulk frame up to its data; `head` then `data` is the frame. As long as the next multiple of 64, or as
 * `headBytes` (a multiple of 64) where all frames of a kind shall have the same head size.
 */
export function bulkHead(
  type: string,
  fields: Readonly<Record<string, unknown>>,
  dataBytes: number,
  headBytes?: number,
): Uint8Array {
  const typeBytes = pack(type);
  const fieldBytes = pack(fields);
  const used = 1 + typeBytes.length + fieldBytes.length + PADDING_HEADER + DATA_HEADER;
  const length = headBytes ?? Math.ceil(used / BULK_ALIGNMENT) * BULK_ALIGNMENT;
  const padding = length - used;
  if (padding < 0 || padding > 0xff || length % BULK_ALIGNMENT !== 0) {
    throw new RangeError(`A head of ${used} bytes does not fit ${length} bytes`);
  }
  if (dataBytes > 0xffffffff) throw new RangeError(`${dataBytes} bytes do not fit one frame`);
  const head = new Uint8Array(length);
  head[0] = 0x94;
  head.set(typeBytes, 1);
  head.set(fieldBytes, 1 + typeBytes.length);
  const at = 1 + typeBytes.length + fieldBytes.length;
  head[at] = 0xc4;
  head[at + 1] = padding;
  head[length - DATA_HEADER] = 0xc6;
  new DataView(head.buffer).setUint32(length - 4, dataBytes);
  return head;
}

/** A whole bulk frame in one piece. Copies `data`: for frames where that costs nothing that matters. */
export function bulkFrame(
  type: string,
  fields: Readonly<Record<string, unknown>>,
  data: Uint8Array,
  headBytes?: number,
): Uint8Array {
  const head = bulkHead(type, fields, data.length, headBytes);
  const frame = new Uint8Array(head.length + data.length);
  frame.set(head);
  frame.set(data, head.length);
  return frame;
}
