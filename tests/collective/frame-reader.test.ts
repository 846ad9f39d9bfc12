import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../src/collective/frame-reader.ts';
import { type ChunkHead, encodeChunkHead } from '../../src/shared/protocol/chunk.ts';
import type { ProtocolError } from '../../src/shared/protocol/protocol-error.ts';

const MAX_DATA = 200_000;

function header(first: number, length: number): Uint8Array {
  if (length < 126) return Uint8Array.from([first, length]);
  if (length < 65_536) return Uint8Array.from([first, 126, length >> 8, length & 255]);
  const bytes = new Uint8Array(10);
  bytes.set([first, 127]);
  new DataView(bytes.buffer).setBigUint64(2, BigInt(length));
  return bytes;
}

function frame(first: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([header(first, payload.length), payload]);
}

function headOf(chunk: number, bytes: number): ChunkHead {
  return { generation: 1, step: 0, phase: 'ag', bucket: 0, contribution: 0, owner: 0, chunk, bytes };
}

function dataOf(chunk: number, bytes: number): Uint8Array {
  return Buffer.alloc(
    bytes,
    Uint8Array.from({ length: 256 }, (_, i) => i * 31 + chunk * 7),
  );
}

/** As a server sends a chunk: two fragments of one message. */
function chunkBytes(chunk: number, bytes: number): Uint8Array {
  return Buffer.concat([frame(0x02, encodeChunkHead(headOf(chunk, bytes))), frame(0x80, dataOf(chunk, bytes))]);
}

type Item =
  | { readonly kind: 'chunk'; readonly bytes: number; readonly fate: 'place' | 'wait' | 'drop' }
  | { readonly kind: 'other'; readonly bytes: Uint8Array };

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.constantFrom(64, 125, 126, 65_535, 65_536, 70_000, 200_000),
);
const items: fc.Arbitrary<Item[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('chunk' as const),
        bytes: sizes,
        fate: fc.constantFrom('place', 'wait', 'drop'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(0x89, 0x8a, 0x82, 0x81), fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(70_000)))
        .map(([first, length]) => ({
          kind: 'other' as const,
          bytes: frame(first, new Uint8Array(length).fill(first)),
        })),
    },
    {
      // A chunk that another program fragments otherwise, with a ping in between: valid, so WebSocket's to put together.
      weight: 1,
      arbitrary: fc.constant({
        kind: 'other' as const,
        bytes: Buffer.concat([
          frame(0x02, encodeChunkHead(headOf(9, 64))),
          frame(0x89, Buffer.from('ping')),
          frame(0x00, new Uint8Array(32)),
          frame(0x80, new Uint8Array(32)),
        ]),
      }),
    },
  ),
  { maxLength: 8 },
);

interface Outcome {
  readonly arrived: { head: ChunkHead; data: Uint8Array }[];
  readonly other: Uint8Array;
  readonly violations: ProtocolError[];
  /** Bytes that were read straight to their place. */
  readonly direct: number;
}

/**
 * Plays a socket: before each read it asks for the memory, reads some bytes to that, and stops while it is told to.
 * `sizeOf` says how many bytes come at a time.
 */
function play(stream: Uint8Array, fates: readonly string[], sizeOf: () => number): Outcome {
  const outcome = { arrived: [] as Outcome['arrived'], other: [] as Uint8Array[], violations: [] as ProtocolError[] };
  let place: Uint8Array | null = null;
  let waited = false;
  let chunk = 0;
  let direct = 0;
  const reader = new FrameReader(MAX_DATA, {
    place: (head) => {
      const fate = fates[chunk];
      if (fate === 'wait' && !waited) {
        waited = true;
        return 'wait';
      }
      waited = false;
      chunk++;
      if (fate === 'drop') return 'drop';
      place = new Uint8Array(head.bytes);
      return place;
    },
    arrived: (head) => {
      outcome.arrived.push({ head, data: place! });
      place = null;
    },
    other: (bytes) => outcome.other.push(bytes.slice()),
    violated: (error) => outcome.violations.push(error),
  });
  reader.start();
  let at = 0;
  let target = reader.target();
  while (at < stream.length) {
    const part = stream.subarray(at, at + Math.min(sizeOf(), target.length));
    target.set(part);
    if (reader.placing) direct += part.length;
    at += part.length;
    let goOn = reader.read(part.length);
    target = reader.target();
    while (!goOn) goOn = reader.resume();
  }
  return { ...outcome, other: Buffer.concat(outcome.other), direct };
}

describe('the frame reader', () => {
  it('takes out every chunk and passes on every other byte, however the stream is cut', () => {
    fc.assert(
      fc.property(
        items,
        fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(1e6))),
        (list, random) => {
          let number = 0;
          const stream = Buffer.concat(
            list.map((item) => (item.kind === 'chunk' ? chunkBytes(number++, item.bytes) : item.bytes)),
          );
          const chunks = list.filter((item) => item.kind === 'chunk');
          const outcome = play(
            stream,
            chunks.map(({ fate }) => fate),
            () => random.next().value!,
          );
          const expected = chunks.flatMap(({ bytes, fate }, chunk) => (fate === 'drop' ? [] : [{ chunk, bytes }]));
          expect(outcome.violations).toEqual([]);
          expect(outcome.arrived.map(({ head }) => head)).toEqual(
            expected.map(({ chunk, bytes }) => headOf(chunk, bytes)),
          );
          for (const [i, { chunk, bytes }] of expected.entries()) {
            expect(Buffer.compare(outcome.arrived[i]!.data, dataOf(chunk, bytes))).toBe(0);
          }
          const others = Buffer.concat(list.flatMap((item) => (item.kind === 'other' ? [item.bytes] : [])));
          expect(Buffer.compare(outcome.other, others)).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has the data of a chunk read to its place, but for what came with the head', () => {
    const outcome = play(chunkBytes(0, 200_000), ['place'], () => 1e6);
    expect(outcome.direct).toBe(200_000);
  });

  it('lets the handshake pass until it is told that frames begin', () => {
    const other: string[] = [];
    const never = () => {
      throw new Error('no chunk yet');
    };
    const reader = new FrameReader(MAX_DATA, {
      place: never,
      arrived: never,
      violated: never,
      other: (bytes) => other.push(Buffer.from(bytes).toString('latin1')),
    });
    const answer = Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    reader.target().set(answer);
    expect(reader.read(answer.length)).toBe(true);
    expect(other.join('')).toBe(answer.toString());
  });

  it('asks for no place where the announced lengths differ, are too large, or the head is none', () => {
    const lying = Buffer.concat([frame(0x02, encodeChunkHead(headOf(0, 128))), frame(0x80, new Uint8Array(64))]);
    const tooLarge = Buffer.concat([frame(0x02, encodeChunkHead(headOf(0, 0x7fffffff))), header(0x80, 0x7fffffff)]);
    const oneMore = chunkBytes(0, MAX_DATA + 1);
    const noHead = Buffer.concat([frame(0x02, new Uint8Array(64)), frame(0x80, new Uint8Array(64))]);
    for (const [stream, close] of [
      [lying, 'malformed'],
      [tooLarge, 'frameTooLarge'],
      [oneMore, 'frameTooLarge'],
      [noHead, 'malformed'],
    ] as const) {
      const outcome = play(stream, [], () => 1000);
      expect(outcome.violations.map((error) => error.close)).toEqual([close]);
      expect(outcome.arrived).toEqual([]);
    }
  });

  it('writes no byte more to a place once it is to forget, and reads on behind it', () => {
    // What is known of the chunk then: some of its data is in its place, or it waits for one, or has got one after it waited.
    for (const state of ['placed', 'waiting', 'placed late'] as const) {
      for (const cut of [80, 300, 1500]) {
        const place = new Uint8Array(2_000);
        let placement: Uint8Array | 'wait' | 'drop' = state === 'placed' ? place : 'wait';
        const seen: string[] = [];
        const reader = new FrameReader(MAX_DATA, {
          place: () => placement,
          arrived: (head) => void seen.push(`chunk ${head.chunk}`),
          violated: (error) => void seen.push(error.message),
          other: (bytes) => void seen.push(`${bytes.length} bytes`),
        });
        reader.start();
        const bytes = Buffer.concat([chunkBytes(0, 2_000), chunkBytes(1, 500), frame(0x89, new Uint8Array(3))]);
        reader.feed(bytes.subarray(0, cut));
        placement = place;
        if (state === 'placed late') reader.resume();
        const before = place.slice();
        placement = 'drop';
        reader.forget();
        reader.feed(bytes.subarray(cut));
        expect(Buffer.compare(place, before)).toBe(0);
        expect(seen).toEqual(['2 bytes', '3 bytes']);
      }
    }
  });

  it('neither crashes nor gives out foreign memory on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (noise, size) => {
        const outcome = play(noise, [], () => size);
        expect(outcome.arrived).toEqual([]);
        expect(outcome.direct).toBe(0);
      }),
    );
  });
});
