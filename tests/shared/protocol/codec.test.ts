import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bulkFrame } from '../../../src/shared/protocol/bulk.ts';
import { type Codec, coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';
import { ProtocolError } from '../../../src/shared/protocol/protocol-error.ts';
import { toCoordinator, type ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { toWorker, type ToWorker } from '../../../src/shared/protocol/to-worker.ts';
import { refusedVectors, vectorsOf } from './vector.ts';

/** Encodes at one end, decodes at the other. */
const directions = {
  'to-coordinator': {
    encode: (message: unknown) => workerCodec.encode(message as ToCoordinator),
    decode: (bytes: Uint8Array): unknown => coordinatorCodec.decode(bytes),
    types: toCoordinator.options.map(({ shape }) => shape.type.value),
  },
  'to-worker': {
    encode: (message: unknown) => coordinatorCodec.encode(message as ToWorker),
    decode: (bytes: Uint8Array): unknown => workerCodec.decode(bytes),
    types: toWorker.options.map(({ shape }) => shape.type.value),
  },
} as const;
const names = ['to-coordinator', 'to-worker'] as const;

const frames = names.flatMap((direction) => vectorsOf(direction).map(({ frame }) => frame));
const codecs: Codec<never, unknown>[] = [workerCodec, coordinatorCodec];

/** Decoding may succeed or be refused; nothing else may happen. */
function takes(codec: Codec<never, unknown>, bytes: Uint8Array): boolean {
  try {
    codec.decode(bytes);
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return false;
  }
}

function survives(bytes: Uint8Array): void {
  for (const codec of codecs) takes(codec, bytes);
}

describe.each(names)('golden vectors %s', (direction) => {
  const { encode, decode, types } = directions[direction];
  const vectors = vectorsOf(direction);

  it.each(vectors)('$name is encoded to its bytes', ({ message, frame }) => {
    expect(Buffer.from(encode(message)).toString('hex')).toBe(Buffer.from(frame).toString('hex'));
  });

  it.each(vectors)('$name is decoded from its bytes', ({ message, frame }) => {
    expect(decode(frame)).toEqual(message);
  });

  it('cover every type of message', () => {
    expect(new Set(vectors.map(({ message }) => message['type']))).toEqual(new Set(types));
  });
});

describe('refused frames', () => {
  it.each(refusedVectors())('$why: $close', ({ direction, frame, close }) => {
    expect(() => directions[direction].decode(frame)).toThrow(expect.objectContaining({ close }));
  });

  /** `drain` has no fields and `begin` has one; `state` has data. */
  const [DRAIN, BEGIN, STATE] = ['drain', 'begin', 'state'].map((type) => `a5${Buffer.from(type).toString('hex')}`);
  it.each([
    ['01', 'it is not an array'],
    [`82a130${DRAIN}a13180`, 'it is not an array'],
    [`c407 ${DRAIN}80`, 'it is not an array'],
    ['90', 'it does not start with a type'],
    [`92c406${DRAIN}80`, 'it does not start with a type'],
    [`91${DRAIN}`, "'drain' has no map of fields"],
    [`92${DRAIN}90`, "'drain' has no map of fields"],
    [`92${DRAIN}c0`, "'drain' has no map of fields"],
    [`92${DRAIN}c3`, "'drain' has no map of fields"],
    [`92${DRAIN}a0`, "'drain' has no map of fields"],
    [`92${DRAIN}c400`, "'drain' has no map of fields"],
    [`93${DRAIN}8080`, "'drain' has 3 parts instead of 2"],
    [`94${DRAIN}80c400c400`, "'drain' has 4 parts instead of 2"],
    [`92${STATE}80`, "'state' has 2 parts instead of 4"],
    [`93${STATE}80c400`, "'state' has 3 parts instead of 4"],
    [`95${STATE}80c400c400c0`, "'state' has 5 parts instead of 4"],
    [`94${STATE}80c400a0`, "the data of 'state' is not binary"],
    [`94${STATE}80c400c400`, "the data of 'state' does not start at a multiple of 64"],
    ['92a873687574646f776e80', "'shutdown' is no message of this direction"],
    [`92${BEGIN}81aa67656e65726174696f6ea0`, "'begin' has a wrong field generation: "],
  ])('%s: %s', (hex, why) => {
    const frame = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const refused = expect.objectContaining({ close: 'malformed', message: expect.stringContaining(why) as string });
    expect(() => workerCodec.decode(frame)).toThrow(refused as Error);
  });
});

describe('decode', () => {
  it('refuses every message that was cut, at any byte', () => {
    for (const frame of frames) {
      for (let length = 0; length < frame.length; length++) {
        for (const codec of codecs)
          if (takes(codec, frame.subarray(0, length))) expect.fail(`${length} bytes are taken`);
      }
    }
  });

  it('survives random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survives), { numRuns: 2000 });
  });

  it('survives messages of which some bytes were changed', () => {
    const mutated = fc.constantFrom(...frames).chain((frame) =>
      fc.array(fc.tuple(fc.nat(frame.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }).map((changes) => {
        const copy = frame.slice();
        for (const [at, value] of changes) copy[at] = value;
        return copy;
      }),
    );
    fc.assert(fc.property(mutated, survives), { numRuns: 2000 });
  });

  it('gives plain Uint8Arrays that are views of the frame, even of a Buffer', () => {
    const data = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
    const frame = Buffer.from(workerCodec.encode({ type: 'state', step: 1, offset: 0, total: 300, data }));
    const message = coordinatorCodec.decode(frame);
    if (message.type !== 'state') throw new Error('not a state');
    expect(message.data).toEqual(data);
    expect(message.data.constructor).toBe(Uint8Array);
    expect(message.data.buffer).toBe(frame.buffer);
    expect((message.data.byteOffset - frame.byteOffset) % 64).toBe(0);
  });

  it('takes the data that are aligned and the type that comes first, whatever the fields say', () => {
    const data = Uint8Array.of(1, 2, 3, 4);
    const fields = { step: 1, offset: 0, total: 4, type: 'reduced', data: Uint8Array.of(9, 9, 9, 9) };
    const message = coordinatorCodec.decode(bulkFrame('state', fields, data));
    expect(message).toMatchObject({ type: 'state', data });
  });

  it('finds data that are aligned wherever the frame lies, and none that are aligned by where it lies', () => {
    const data = Uint8Array.from({ length: 100 }, (_, i) => i);
    const frame = workerCodec.encode({ type: 'state', step: 1, offset: 0, total: 100, data });
    // One byte of padding less, so that the data begin a byte before a multiple of 64.
    const length = frame.indexOf(0xc4) + 1;
    const moved = Buffer.concat([frame.subarray(0, length + 1), frame.subarray(length + 2)]);
    moved[length]!--;
    for (let at = 0; at <= 64; at++) {
      const memory = new Uint8Array(at + frame.length);
      memory.set(frame, at);
      expect(coordinatorCodec.decode(memory.subarray(at))).toMatchObject({ data });
      memory.fill(0).set(moved, at);
      expect(takes(coordinatorCodec, memory.subarray(at, at + moved.length))).toBe(false);
    }
  });

  it.each([
    '01',
    'cc01',
    'cd0001',
    'ce00000001',
    'cf0000000000000001',
    'd001',
    'd10001',
    'd200000001',
    'd30000000000000001',
  ])('takes a whole number in whichever format of msgpack: %s', (one) => {
    const frame = Uint8Array.from(Buffer.from(`92a5626567696e81aa67656e65726174696f6e${one}`, 'hex'));
    expect(workerCodec.decode(frame)).toEqual({ type: 'begin', generation: 1 });
  });

  it('ignores fields that it does not know, so that later versions may add some', () => {
    const [vector] = vectorsOf('to-worker').filter(({ name }) => name === 'begin');
    const frame = directions['to-worker'].encode({ ...vector!.message, later: 'yes' });
    expect(workerCodec.decode(frame)).toEqual(vector!.message);
  });

  it('takes digests from a worker of before the whole state was compared', () => {
    const [vector] = vectorsOf('to-coordinator').filter(({ name }) => name === 'weights');
    const { statisticsDigest: _, optimizerDigest: __, ...known } = vector!.message;
    const frame = directions['to-coordinator'].encode(known);
    expect(Buffer.from(frame).toString('hex').length).toBeLessThan(Buffer.from(vector!.frame).toString('hex').length);
    expect(coordinatorCodec.decode(frame)).toEqual({ ...known, statisticsDigest: null, optimizerDigest: null });
  });

  it('takes the type from its place, not from a field', () => {
    const frame = Buffer.from('92a5626567696e82aa67656e65726174696f6e01a474797065a5647261696e', 'hex');
    expect(workerCodec.decode(frame)).toEqual({ type: 'begin', generation: 1 });
  });

  it('names both versions when they differ, whatever else is in the message', () => {
    const frame = workerCodec.encode({ type: 'hello', version: 9, shoe: 44 } as unknown as ToCoordinator);
    expect(() => coordinatorCodec.decode(frame)).toThrow(
      expect.objectContaining({
        close: 'unsupportedVersion',
        exitCode: 78,
        message: 'The worker speaks protocol version 9, the coordinator 1: install the same gradsocket on both.',
      }),
    );
  });

  it('says so where a worker does not say which version it speaks, and shows nothing that it says instead', () => {
    for (const said of [{}, { version: '1' }, { version: '\u001b[2J' }, { version: null }, { version: true }]) {
      const frame = workerCodec.encode({ type: 'hello', ...said } as unknown as ToCoordinator);
      expect(() => coordinatorCodec.decode(frame)).toThrow(
        'The worker speaks protocol version unknown, the coordinator 1: install the same gradsocket on both.',
      );
    }
  });

  it('shows nothing of a peer that could garble a terminal, and no more than 40 characters', () => {
    // What sets colours by one character, and what turns text around, too.
    const type = `\u001b[2J\n\u009b31m\u202e${'x'.repeat(500)}`;
    const frame = workerCodec.encode({ type } as unknown as ToCoordinator);
    const shown = `\\u001B[2J\\n\\u009B31m\\u202E${'x'.repeat(30)}`;
    expect(() => coordinatorCodec.decode(frame)).toThrow(
      `The frame is not a message: '${shown}' is no message of this direction.`,
    );
  });
});
