import { expect, test } from 'vitest';
import { readOnce } from '../../../src/cli/bench/control/read-once.ts';
import { coordinatorCodec, workerCodec } from '../../../src/shared/protocol/codec.ts';
import type { ToWorker } from '../../../src/shared/protocol/to-worker.ts';

function generation(number: number, key: string, rank: number): Uint8Array {
  const members = [{ workerId: 'w', name: 'a', address: null }];
  const told: ToWorker = { type: 'generation', generation: number, key, topology: 'mesh', members, step: 0, rank };
  return coordinatorCodec.encode(told);
}

test('what all are told of a generation is read once, and every other message each time', () => {
  const read: Uint8Array[] = [];
  const codec = readOnce({
    ...workerCodec,
    decode: (bytes) => {
      read.push(bytes);
      return workerCodec.decode(bytes);
    },
  });
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const told = [generation(1, one, 0), generation(1, one, 1), generation(2, other, 0), generation(2, other, 5)];
  expect(told.map((bytes) => codec.decode(bytes))).toMatchObject([
    { generation: 1 },
    { generation: 1 },
    { generation: 2 },
    { generation: 2 },
  ]);
  expect(read).toEqual([told[0], told[2]]);
  const halt = coordinatorCodec.encode({ type: 'halt', generation: 2 });
  for (let n = 0; n < 2; n++) expect(codec.decode(halt)).toEqual({ type: 'halt', generation: 2 });
  expect(read).toHaveLength(4);
});
