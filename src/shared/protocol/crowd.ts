import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LIMITS } from './limits.ts';
import { isMap, pack, unpack } from './msgpack.ts';
import { malformed } from './protocol-error.ts';
import type { ToWorker } from './to-worker.ts';

/** What all members of a generation are told alike, and what grows with their number. */
export type Crowd = Pick<Extract<ToWorker, { readonly type: 'generation' }>, 'members' | 'microbatches'>;

/** From so many bytes on it is worth their time: the coordinator sends it to each of many, who reads it once. */
const LARGE_BYTES = 2 ** 16;

/** All other fields of a generation. */
export function withoutCrowd(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { members: _, microbatches: __, deflated: ___, ...own } = fields;
  return own;
}

/** As msgpack, compressed (DEFLATE, RFC 1951); null: it is small, and goes as it is. */
export function deflatedCrowd(crowd: Crowd): Uint8Array | null {
  const packed = pack(crowd);
  return packed.length < LARGE_BYTES ? null : deflateRawSync(packed);
}

/** The same fields, with what was deflated of them in its place. @throws ProtocolError, whatever the bytes are */
export function withCrowd(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { deflated, ...own } = fields;
  return deflated instanceof Uint8Array ? { ...inflatedCrowd(deflated), ...own } : fields;
}

/**
 * Fields of a generation, none of which has been looked at.
 *
 * @throws ProtocolError, whatever the bytes are
 */
export function inflatedCrowd(deflated: Uint8Array): Readonly<Record<string, unknown>> {
  const crowd = unpack(inflate(deflated));
  if (!isMap(crowd)) throw malformed('what was deflated is no map of fields');
  return crowd;
}

/** What Node gives with `info`, of which its types do not know. */
interface WithInfo {
  readonly buffer: Uint8Array;
  /** `bytesWritten`: to it, those that it inflated. */
  readonly engine: { readonly bytesWritten: number };
}

function inflate(deflated: Uint8Array): Uint8Array {
  try {
    const options = { maxOutputLength: LIMITS.frameControlToWorker, info: true };
    const { buffer, engine } = inflateRawSync(deflated, options) as unknown as WithInfo;
    if (engine.bytesWritten === deflated.length) return buffer;
  } catch (cause) {
    throw malformed(`what was deflated does not inflate, ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  throw malformed('bytes follow what was deflated');
}
