import { Packr, Unpackr } from 'msgpackr';
import { checkFrame } from './frame-check.ts';
import { malformed } from './protocol-error.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });
// Whichever integer format the sender chose; what is no safe integer as a number fails its schema.
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** One value of plain msgpack, without extension types. */
export function pack(value: unknown): Buffer {
  return packr.pack(value);
}

/**
 * The value that `bytes` are. Binary ones of it are views of `bytes`.
 *
 * @throws ProtocolError, whatever the bytes are
 */
export function unpack(bytes: Uint8Array): unknown {
  checkFrame(bytes);
  // A plain Uint8Array, because binary fields come out as what goes in, and a Buffer's `slice` does not copy.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return unpackr.unpack(plain);
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause));
  }
}

/** A map with string keys. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
