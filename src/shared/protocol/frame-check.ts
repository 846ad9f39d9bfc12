import { LIMITS } from './limits.ts';
import { malformed } from './protocol-error.ts';

/** How many bytes follow the tag, and what else the value brings with it. */
interface Token {
  /** Bytes of the length field after the tag. */
  readonly lengthBytes: 0 | 1 | 2 | 4;
  readonly kind: 'scalar' | 'string' | 'binary' | 'array' | 'map';
  /** Scalars: bytes after the tag. Others: the length, where the tag itself holds it. */
  readonly size: number;
}

const scalar = (size: number): Token => ({ lengthBytes: 0, kind: 'scalar', size });
const sized = (kind: 'string' | 'binary' | 'array' | 'map', lengthBytes: 1 | 2 | 4): Token => ({
  lengthBytes,
  kind,
  size: 0,
});

/** By tag byte. Absent: never used (c1) and extension types (c7-c9, d4-d8), which we do not accept. */
const tokens: readonly (Token | undefined)[] = (() => {
  const table = Array.from({ length: 256 }, (): Token | undefined => undefined);
  table.fill(scalar(0), 0x00, 0x80); // positive fixint
  for (let n = 0; n < 16; n++) {
    table[0x80 + n] = { lengthBytes: 0, kind: 'map', size: n };
    table[0x90 + n] = { lengthBytes: 0, kind: 'array', size: n };
  }
  for (let n = 0; n < 32; n++) table[0xa0 + n] = { lengthBytes: 0, kind: 'string', size: n };
  table[0xc0] = table[0xc2] = table[0xc3] = scalar(0); // nil, false, true
  table[0xc4] = sized('binary', 1);
  table[0xc5] = sized('binary', 2);
  table[0xc6] = sized('binary', 4);
  table[0xca] = scalar(4); // float32
  table[0xcb] = scalar(8); // float64
  table[0xcc] = table[0xd0] = scalar(1);
  table[0xcd] = table[0xd1] = scalar(2);
  table[0xce] = table[0xd2] = scalar(4);
  table[0xcf] = table[0xd3] = scalar(8);
  table[0xd9] = sized('string', 1);
  table[0xda] = sized('string', 2);
  table[0xdb] = sized('string', 4);
  table[0xdc] = sized('array', 2);
  table[0xdd] = sized('array', 4);
  table[0xde] = sized('map', 2);
  table[0xdf] = sized('map', 4);
  table.fill(scalar(0), 0xe0, 0x100); // negative fixint
  return table;
})();

/**
 * Walks over a frame and makes sure that it is exactly one msgpack value within our limits, before a decoder allocates
 * anything for it: a few bytes can announce an array of four billion values. Allocates nothing itself.
 *
 * @throws ProtocolError
 */
export function checkFrame(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Values still to come in each open container, outermost first. In a map, an even number means that a key is next.
  const left = new Float64Array(LIMITS.nesting);
  const isMap = new Uint8Array(LIMITS.nesting);
  let depth = 0;
  let values = 0;
  let at = 0;
  do {
    if (at >= bytes.length) throw malformed(`it ends after ${at} bytes in the middle of a value`);
    if (++values > LIMITS.valuesPerFrame) throw malformed(`it holds more than ${LIMITS.valuesPerFrame} values`);
    const tag = bytes[at]!;
    const token = tokens[tag];
    if (token === undefined) throw malformed(`byte ${at} is 0x${tag.toString(16)}, a type that we do not use`);
    const key = depth > 0 && isMap[depth - 1] === 1 && left[depth - 1]! % 2 === 0;
    if (key && token.kind !== 'string') throw malformed(`the map key at byte ${at} is not a string`);
    if (depth > 0) left[depth - 1]!--;
    at++;
    let size = token.size;
    if (token.lengthBytes > 0) {
      if (at + token.lengthBytes > bytes.length) throw malformed(`it ends in the middle of the length at byte ${at}`);
      size =
        token.lengthBytes === 1 ? view.getUint8(at) : token.lengthBytes === 2 ? view.getUint16(at) : view.getUint32(at);
      at += token.lengthBytes;
    }
    if (token.kind === 'array' || token.kind === 'map') {
      const items = token.kind === 'map' ? 2 * size : size;
      // Each value takes a byte at least, so this also bounds what a decoder allocates by what was really sent.
      if (items > bytes.length - at) throw malformed(`the ${token.kind} at byte ${at} announces more than was sent`);
      if (items > 0) {
        if (depth === LIMITS.nesting) throw malformed(`it is nested deeper than ${LIMITS.nesting} levels`);
        left[depth] = items;
        isMap[depth] = token.kind === 'map' ? 1 : 0;
        depth++;
      }
    } else {
      if (size > bytes.length - at) throw malformed(`the value at byte ${at} announces more than was sent`);
      at += size;
    }
    while (depth > 0 && left[depth - 1] === 0) depth--;
  } while (depth > 0);
  if (at !== bytes.length) throw malformed(`${bytes.length - at} bytes follow its value`);
}
