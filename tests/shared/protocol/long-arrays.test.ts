import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, it } from 'vitest';
import { coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';

const plain = new Packr({ useRecords: false, variableMapSize: true });

function generationOf(workers: number, rank: number) {
  const members = Array.from({ length: workers }, (_, index) => ({
    workerId: `w${index}`,
    name: `worker-${index}`,
    address: index % 3 === 0 ? null : `10.0.0.${index % 256}:70${index}`,
  }));
  const microbatches = members.map((_, index): [number, number] => [index, index + 1]);
  const rest = { generation: 3, key: 'k', rank, topology: 'mesh', members, microbatches, step: 70_000 } as const;
  return { type: 'generation', ...rest } as const;
}

it('a message with long arrays has the bytes that it would have at once, however often the arrays are told', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (workers) => {
      const message = generationOf(workers, 0);
      for (const rank of [0, workers - 1]) {
        const { type, ...fields } = { ...message, rank };
        const bytes = coordinatorCodec.encode({ ...message, rank });
        expect(Buffer.from(bytes).equals(plain.pack([type, fields]))).toBe(true);
        expect(workerCodec.decode(Uint8Array.from(bytes))).toEqual({ ...message, rank });
      }
    }),
    { numRuns: 30 },
  );
});

it('a message with more fields than a short map holds has the bytes that it would have at once, too', () => {
  const { type, ...known } = generationOf(70, 0);
  // Seven of its own; a short map holds 15.
  for (const more of [7, 8, 9, 30]) {
    const fields = {
      ...known,
      ...Object.fromEntries(Array.from({ length: more }, (_, index) => [`f${index}`, index])),
    };
    expect(Buffer.from(coordinatorCodec.encode({ type, ...fields })).equals(plain.pack([type, fields]))).toBe(true);
  }
});

/** A message with so many members that is so many bytes long, in parts. */
function partsOf(members: number, bytes: number): readonly Uint8Array[] {
  const message = generationOf(members, 0);
  const long = message.members.map((member) => ({ ...member, name: 'x'.repeat(600) }));
  const withKey = (length: number) => ({ ...message, members: long, key: 'k'.repeat(length) });
  // A key of more than 255 characters brings the same number of bytes with it, whatever its length.
  const more = bytes - coordinatorCodec.encode(withKey(1_000)).length;
  const parts = coordinatorCodec.encodeParts(withKey(1_000 + more));
  expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(bytes);
  return parts;
}

it('one of 64 KiB is large, and an array of 64 is long', () => {
  // What is before the members, they, what is between them and the microbatches, those, what is behind.
  expect(partsOf(64, 65_536)).toHaveLength(5);
  expect(partsOf(64, 65_535)).toHaveLength(1);
  expect(partsOf(63, 65_536)).toHaveLength(1);
});

it('no part is empty, also where a long array comes last', () => {
  const { step, ...rest } = generationOf(2_000, 0);
  const parts = coordinatorCodec.encodeParts({ step, ...rest });
  expect(parts).toHaveLength(4);
  for (const { length } of parts) expect(length).toBeGreaterThan(0);
});

it('a large one goes in parts, of which all ranks have the long ones in common; a small one goes whole', () => {
  const message = generationOf(2_000, 0);
  const parts = [0, 1].map((rank) => coordinatorCodec.encodeParts({ ...message, rank }));
  for (const [rank, own] of parts.entries()) {
    expect(Buffer.concat(own).equals(coordinatorCodec.encode({ ...message, rank }))).toBe(true);
  }
  const [long, others] = parts.map((own) => own.filter(({ length }) => length > 1_000));
  expect(long).toHaveLength(2);
  expect(long!.every((part, index) => part === others![index])).toBe(true);
  expect(parts[0]!.reduce((sum, { length }) => sum + length, 0) - long![0]!.length - long![1]!.length).toBeLessThan(
    200,
  );
  expect(coordinatorCodec.encodeParts(generationOf(100, 0))).toHaveLength(1);
  expect(workerCodec.encodeParts({ type: 'connected', generation: 1 })).toHaveLength(1);
});
