import { describe, expect, it } from 'vitest';
import { StateAssembly, stateParts } from '../../../src/shared/checkpoint/assembly.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';

const part = (offset: number, data: number[], total = 4, step = 9) => ({
  step,
  offset,
  total,
  data: Uint8Array.from(data),
});

describe('stateParts and StateAssembly', () => {
  it.each([1, LIMITS.statePartBytes, LIMITS.statePartBytes + 1, 3 * LIMITS.statePartBytes])(
    'put together again %i bytes that were cut, in parts that keep the limit',
    (length) => {
      // A pattern that begins elsewhere in each part.
      const bytes = new Uint8Array(
        Buffer.alloc(
          length,
          Uint8Array.from({ length: 251 }, (_, i) => i),
        ),
      );
      const parts = [...stateParts(3, bytes)];
      expect(parts.every(({ data }) => data.length <= LIMITS.statePartBytes)).toBe(true);
      const assembly = new StateAssembly(parts[0]!);
      const results = parts.map((each) => assembly.add(each));
      expect(results.slice(0, -1).every((result) => result === null)).toBe(true);
      expect(Buffer.compare(results.at(-1)!, bytes)).toBe(0);
    },
  );

  it.each([
    ['a part is missing', part(2, [3])],
    ['a part comes twice', part(0, [1])],
    ['a part is of another step', part(1, [2], 4, 10)],
    ['the total changes', part(1, [2], 5)],
    ['a part goes beyond the end', part(1, [2, 3, 4, 5])],
    ['a part is empty', part(1, [])],
  ])('refuses it when %s', (_, second) => {
    const first = part(0, [1]);
    const assembly = new StateAssembly(first);
    assembly.add(first);
    expect(() => assembly.add(second)).toThrow(expect.objectContaining({ close: 'outOfTurn' }));
  });

  it('refuses a total beyond the limit before it takes memory for it, and one of nothing', () => {
    for (const total of [LIMITS.checkpointBytes + 1, 0]) {
      expect(() => new StateAssembly(part(0, [1], total))).toThrow(
        expect.objectContaining({
          close: 'refused',
          message: `a checkpoint of ${total} bytes; at most 2147483648 are allowed`,
        }) as Error,
      );
    }
  });
});
