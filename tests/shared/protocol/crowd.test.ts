import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';
import { deflatedCrowd, inflatedCrowd } from '../../../src/shared/protocol/crowd.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { pack } from '../../../src/shared/protocol/msgpack.ts';

function crowdOf(workers: number) {
  const members = Array.from({ length: workers }, (_, index) => ({
    workerId: `w${index}`,
    name: `worker-${index}`,
    address: index % 3 === 0 ? null : `10.0.0.${index % 256}:70${index}`,
  }));
  return { members, microbatches: members.map((_, index): [number, number] => [index, index + 1]) };
}

const OWN = { type: 'generation', generation: 3, key: 'k', rank: 7, topology: 'mesh', step: 70_000 } as const;

/** As a frame, with whatever is deflated in it. */
function framed(deflated: Uint8Array): Uint8Array {
  const { type, ...fields } = OWN;
  return pack([type, { ...fields, deflated }]);
}

/** Members that take so many bytes as msgpack. */
function ofBytes(bytes: number) {
  const crowd = (length: number) => ({ members: [{ workerId: 'w', name: 'x'.repeat(length), address: null }] });
  // From 256 characters to 65,535 a name has a header of three bytes.
  const made = crowd(1_000 + bytes - pack(crowd(1_000)).length);
  expect(pack(made)).toHaveLength(bytes);
  return made;
}

it('a crowd of 64 KiB is deflated, a smaller one goes as it is', () => {
  expect(deflatedCrowd(ofBytes(65_535))).toBeNull();
  expect(inflatedCrowd(deflatedCrowd(ofBytes(65_536))!)).toEqual(ofBytes(65_536));
});

it('a generation of thousands is read as if nothing had been deflated, and takes less than a third', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_500, max: 4_000 }), fc.nat(1_400), (workers, rank) => {
      const crowd = crowdOf(workers);
      const message = { ...OWN, rank, ...crowd };
      const bytes = coordinatorCodec.encode({ ...message, deflated: deflatedCrowd(crowd)! });
      expect(workerCodec.decode(Uint8Array.from(bytes))).toEqual(message);
      expect(bytes.length).toBeLessThan(coordinatorCodec.encode(message).length / 3);
    }),
    { numRuns: 5 },
  );
});

it('what is deflated is the part that all ranks have in common, and is not copied for any', () => {
  const crowd = crowdOf(2_000);
  const deflated = deflatedCrowd(crowd)!;
  for (const rank of [0, 1_999]) {
    const message = { ...OWN, rank, ...crowd, deflated };
    const [head, shared, ...more] = coordinatorCodec.encodeParts(message);
    expect([shared === deflated, head!.length < 100, more]).toEqual([true, true, []]);
    expect(workerCodec.decode(Buffer.concat([head!, shared!]))).toEqual({ ...OWN, rank, ...crowd });
  }
});

it('a small generation is one part, and has its fields as they are', () => {
  const message = { ...OWN, ...crowdOf(100) };
  const { type, ...fields } = message;
  expect(coordinatorCodec.encodeParts(message)).toEqual([pack([type, fields])]);
});

it('where in a message it stands is all the same', () => {
  const crowd = crowdOf(2_000);
  const parts = coordinatorCodec.encodeParts({ deflated: deflatedCrowd(crowd)!, ...OWN, ...crowd });
  expect(workerCodec.decode(Buffer.concat(parts))).toEqual({ ...OWN, ...crowd });
});

it('what is inflated changes nothing of what else the message says', () => {
  const crowd = { ...crowdOf(2), rank: 0, generation: 9, type: 'halt' };
  expect(workerCodec.decode(framed(deflateRawSync(pack(crowd))))).toEqual({ ...OWN, ...crowdOf(2) });
});

describe('what is no crowd is refused:', () => {
  const bomb = Buffer.concat([Buffer.from('81a161db02000000', 'hex'), Buffer.alloc(LIMITS.frameControlToWorker)]);
  it.each([
    ['bytes that are not deflated', Buffer.from('ffff', 'hex'), 'does not inflate'],
    ['what was cut', deflateRawSync(pack(crowdOf(50))).subarray(0, -20), 'does not inflate'],
    ['what inflates to more than a frame may hold', deflateRawSync(bomb), 'does not inflate'],
    ['no map', deflateRawSync(pack([1])), 'no map of fields'],
    ['two values', deflateRawSync(Buffer.concat([pack({}), pack({})])), 'follow its value'],
    ['an array that announces more than is there', deflateRawSync(Buffer.from('81a161dd7fffffff', 'hex')), 'announces'],
    ['no members', deflateRawSync(pack({})), 'members'],
    ['more than what was deflated', Buffer.concat([deflateRawSync(pack(crowdOf(2))), Buffer.alloc(1)]), 'bytes follow'],
    ['text', 'deflated' as unknown as Uint8Array, 'has a wrong field'],
  ])('%s', (_, deflated, why) => {
    const refused = { close: 'malformed', message: expect.stringContaining(why) as string };
    expect(() => workerCodec.decode(framed(deflated))).toThrow(expect.objectContaining(refused) as Error);
  });
});
