import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LIMITS } from './limits.ts';
import { isMap, pack, unpack } from './msgpack.ts';
import { malformed } from './protocol-error.ts';

/** What all members of a generation are told alike, and what grows with their number. */
export type Crowd = Readonly<Record<string, unknown>>;

/** From so many bytes on it is worth their time: the coordinator sends it to thousands, of whom each reads it once. */
const LARGE_BYTES = 2 ** 16;

/** As msgpack, compressed (DEFLATE, RFC 1951); null: it is small, and goes as it is. */
export function deflatedCrowd(crowd: Crowd): Uint8Array | null {
  const packed = pack(crowd);
  return packed.length < LARGE_BYTES ? null : deflateRawSync(packed);
}

/** @throws ProtocolError, whatever the bytes are */
export function inflatedCrowd(deflated: Uint8Array): Crowd {
  const crowd = unpack(inflate(deflated));
  if (!isMap(crowd)) throw malformed('what was deflated is no map of fields');
  return crowd;
}

function inflate(deflated: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(deflated, { maxOutputLength: LIMITS.frameControlToWorker });
  } catch (cause) {
    throw malformed(`what was deflated does not inflate, ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
