import { BULK_ALIGNMENT } from './bulk.ts';
import { ProtocolError } from './protocol-error.ts';

/**
 * The frame of the all-reduce: a bulk frame whose fields are an array and whose integers have fixed widths, so that its
 * head is always 64 bytes and is read and written without a msgpack library:
 *
 *     ['chunk', [generation, step, phase, bucket, contribution, owner, chunk], padding, data]
 *
 * A receiver knows which chunk comes next on a link, so a head only confirms it.
 */
export const CHUNK_HEAD_BYTES = BULK_ALIGNMENT;

/**
 * rs: one rank's contribution, on its way to the owner of the segment (reduce-scatter).
 * ag: the sum, from the owner to everybody (all-gather).
 */
export type ChunkPhase = 'rs' | 'ag';

export interface ChunkHead {
  readonly generation: number;
  readonly step: number;
  readonly phase: ChunkPhase;
  readonly bucket: number;
  /** rs: number of the subtree sum among those of its sender. ag: 0. */
  readonly contribution: number;
  /** Rank that owns the segment; in the star, where the coordinator owns everything, 0. */
  readonly owner: number;
  /** Number of the chunk within the segment. */
  readonly chunk: number;
  /** Bytes of data: little-endian float32. */
  readonly bytes: number;
  /** CRC-32 of the data; absent: nobody made one. */
  readonly crc?: number;
}

/**
 * First message on a link, from the side that dialled: I am ready to take chunks. Nothing is sent to it before, so that
 * chunks never arrive together with the answer to the upgrade request.
 */
export const ATTACH: Uint8Array = Uint8Array.from([0x91, 0xa6, 0x61, 0x74, 0x74, 0x61, 0x63, 0x68]);

/** Where the values lie. The byte before each says its type and is always the same. */
const AT = { generation: 9, step: 14, phase: 19, bucket: 22, contribution: 25, owner: 28, chunk: 31, bytes: 60 };
const PADDING = 35;
/** In the padding, where a reader that does not know of it looks over it: whether there is a CRC, and the CRC. */
const CRC = { present: 37, value: 38 };
const UINT16 = 0xcd;
const UINT32 = 0xce;
const PHASES: readonly ChunkPhase[] = ['rs', 'ag'];
const phaseCode = (phase: ChunkPhase) => (phase.charCodeAt(0) << 8) | phase.charCodeAt(1);

/** A head whose values are all zero. */
function blankHead(): Uint8Array {
  const head = new Uint8Array(CHUNK_HEAD_BYTES);
  head.set([0x94, 0xa5, 0x63, 0x68, 0x75, 0x6e, 0x6b, 0x97]); // array of 4, 'chunk', array of 7
  for (const at of [AT.generation, AT.step, AT.chunk]) head[at - 1] = UINT32;
  for (const at of [AT.bucket, AT.contribution, AT.owner]) head[at - 1] = UINT16;
  head[AT.phase - 1] = 0xa2; // string of 2
  head[PADDING] = 0xc4; // bin of up to 255
  head[PADDING + 1] = AT.bytes - 1 - (PADDING + 2);
  head[AT.bytes - 1] = 0xc6; // bin of up to 2^32-1
  return head;
}

const blank = blankHead();
/** The bytes that every head has in common. The padding's content is not among them. */
const fixed = [
  ...Array.from({ length: AT.generation }, (_, at) => at),
  ...[AT.step, AT.phase, AT.bucket, AT.contribution, AT.owner, AT.chunk, AT.bytes].map((at) => at - 1),
  PADDING,
  PADDING + 1,
];

export function encodeChunkHead(head: ChunkHead): Uint8Array {
  const bytes = blank.slice();
  const view = new DataView(bytes.buffer);
  view.setUint32(AT.generation, head.generation);
  view.setUint32(AT.step, head.step);
  view.setUint16(AT.phase, phaseCode(head.phase));
  view.setUint16(AT.bucket, head.bucket);
  view.setUint16(AT.contribution, head.contribution);
  view.setUint16(AT.owner, head.owner);
  view.setUint32(AT.chunk, head.chunk);
  view.setUint32(AT.bytes, head.bytes);
  if (head.crc !== undefined) {
    bytes[CRC.present] = 1;
    view.setUint32(CRC.value, head.crc);
  }
  return bytes;
}

/** @throws ProtocolError where the first 64 of `bytes` are not the head of a chunk */
export function decodeChunkHead(bytes: Uint8Array): ChunkHead {
  if (bytes.length < CHUNK_HEAD_BYTES || fixed.some((at) => bytes[at] !== blank[at])) {
    throw new ProtocolError('malformed', 'The frame is not a chunk.');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, CHUNK_HEAD_BYTES);
  const code = view.getUint16(AT.phase);
  const phase = PHASES.find((name) => phaseCode(name) === code);
  if (phase === undefined) throw new ProtocolError('malformed', 'The phase of the chunk is neither rs nor ag.');
  return {
    generation: view.getUint32(AT.generation),
    step: view.getUint32(AT.step),
    phase,
    bucket: view.getUint16(AT.bucket),
    contribution: view.getUint16(AT.contribution),
    owner: view.getUint16(AT.owner),
    chunk: view.getUint32(AT.chunk),
    bytes: view.getUint32(AT.bytes),
    ...(bytes[CRC.present] === 1 ? { crc: view.getUint32(CRC.value) } : {}),
  };
}

/** For sentences: `rs chunk 3 of bucket 0 for owner 1, step 12`. */
export function describeChunk(head: ChunkHead): string {
  const of = head.phase === 'rs' ? ` (contribution ${head.contribution})` : '';
  return `${head.phase} chunk ${head.chunk}${of} of bucket ${head.bucket} for owner ${head.owner}, step ${head.step}, ${head.bytes} bytes`;
}
