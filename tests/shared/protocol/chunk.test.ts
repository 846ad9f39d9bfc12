import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import {
  ATTACH,
  CHUNK_HEAD_BYTES,
  type ChunkHead,
  decodeChunkHead,
  describeChunk,
  encodeChunkHead,
} from '../../../src/shared/protocol/chunk.ts';
import { checkFrame } from '../../../src/shared/protocol/frame-check.ts';
import { ProtocolError } from '../../../src/shared/protocol/protocol-error.ts';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const heads: fc.Arbitrary<ChunkHead> = fc.record({
  generation: uint32,
  step: uint32,
  phase: fc.constantFrom('rs', 'ag'),
  bucket: uint16,
  contribution: uint16,
  owner: uint16,
  chunk: uint32,
  bytes: uint32,
});

const anyHead: ChunkHead = {
  generation: 1,
  step: 2,
  phase: 'ag',
  bucket: 3,
  contribution: 0,
  owner: 1,
  chunk: 4,
  bytes: 64,
};

/** Null: refused. */
function readOrRefused(bytes: Uint8Array): ChunkHead | null {
  try {
    return decodeChunkHead(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return null;
  }
}

describe('the head of a chunk', () => {
  it('is these 64 bytes', () => {
    const head = encodeChunkHead({
      generation: 1,
      step: 0x01020304,
      phase: 'rs',
      bucket: 2,
      contribution: 3,
      owner: 4,
      chunk: 5,
      bytes: 0x100000,
    });
    expect(Buffer.from(head).toString('hex')).toBe(
      [
        '94', // array of 4
        'a5 6368756e6b', // 'chunk'
        '97', // array of 7
        'ce 00000001', // generation
        'ce 01020304', // step
        'a2 7273', // phase 'rs'
        'cd 0002', // bucket
        'cd 0003', // contribution
        'cd 0004', // owner
        'ce 00000005', // chunk
        `c4 16 ${'00'.repeat(22)}`, // padding
        'c6 00100000', // data of 1 MiB follows
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('says in its padding which CRC its data has, where there is one', () => {
    const head = {
      generation: 1,
      step: 2,
      phase: 'ag',
      bucket: 0,
      contribution: 0,
      owner: 1,
      chunk: 0,
      bytes: 8,
    } as const;
    const bytes = encodeChunkHead({ ...head, crc: 0x01020304 });
    expect(Buffer.from(bytes.subarray(35, 60)).toString('hex')).toBe(`c4160101020304${'00'.repeat(17)}c6`);
    expect(decodeChunkHead(bytes)).toEqual({ ...head, crc: 0x01020304 });
    expect(decodeChunkHead(encodeChunkHead(head))).toEqual(head);
  });

  it('makes with its data one msgpack value that any decoder reads', () => {
    const data = Uint8Array.from({ length: 64 }, (_, i) => i);
    fc.assert(
      fc.property(heads, (head) => {
        const frame = Buffer.concat([encodeChunkHead({ ...head, bytes: 64 }), data]);
        const [type, fields, padding, bin] = new Unpackr({ useRecords: false }).unpack(frame);
        const { generation, step, phase, bucket, contribution, owner, chunk } = head;
        expect([type, fields]).toEqual(['chunk', [generation, step, phase, bucket, contribution, owner, chunk]]);
        expect(padding.every((byte: number) => byte === 0)).toBe(true);
        expect(new Uint8Array(bin)).toEqual(data);
        checkFrame(frame);
      }),
    );
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(heads, (head) => {
        expect(decodeChunkHead(encodeChunkHead(head))).toEqual(head);
      }),
    );
  });

  it('is refused with any byte of its form changed, and never misread with another', () => {
    const head = anyHead;
    const padding = { from: 37, to: 59 };
    for (let at = 0; at < CHUNK_HEAD_BYTES; at++) {
      for (let flip = 1; flip < 256; flip++) {
        const bytes = encodeChunkHead(head);
        bytes[at]! ^= flip;
        const read = readOrRefused(bytes);
        // The first byte of the padding says whether there is a CRC.
        const meansCrc = at === padding.from && flip === 1;
        const isPadding = at >= padding.from && at < padding.to;
        const expected = meansCrc ? { ...head, crc: 0 } : head;
        const isAsExpected = isDeepStrictEqual(read, expected);
        if (isAsExpected !== isPadding) expect.fail(`byte ${at} changed by ${flip} is read as ${JSON.stringify(read)}`);
      }
    }
  });

  it('is refused where bytes are missing', () => {
    const bytes = encodeChunkHead(anyHead);
    const malformed = expect.objectContaining({ close: 'malformed', message: 'The frame is not a chunk.' }) as Error;
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeChunkHead(bytes.subarray(0, length))).toThrow(malformed);
    }
  });

  it('is of one phase or the other', () => {
    const of = (phase: string): Uint8Array => {
      const bytes = Buffer.from(encodeChunkHead(anyHead));
      bytes.write(phase, bytes.indexOf('ag', 10), 'latin1');
      return bytes;
    };
    expect(decodeChunkHead(of('rs')).phase).toBe('rs');
    const malformed = { close: 'malformed', message: 'The phase of the chunk is neither rs nor ag.' };
    for (const phase of ['ar', 'gs', 'ra', 'sa', 'AG', '\0\0', '\xff\xff']) {
      expect(() => decodeChunkHead(of(phase)), phase).toThrow(expect.objectContaining(malformed) as Error);
    }
  });

  it('is called by all that it says', () => {
    expect(describeChunk(anyHead)).toBe('ag chunk 4 of bucket 3 for owner 1, step 2, 64 bytes');
    expect(describeChunk({ ...anyHead, phase: 'rs', contribution: 7 })).toBe(
      'rs chunk 4 (contribution 7) of bucket 3 for owner 1, step 2, 64 bytes',
    );
  });

  it('comes after a message that is msgpack, too', () => {
    expect(new Unpackr({ useRecords: false }).unpack(ATTACH)).toEqual(['attach']);
  });
});
