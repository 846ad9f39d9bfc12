import { describe, expect, it } from 'vitest';
import { GradsocketError } from '../../../src/shared/errors.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';

describe('the shared arena', () => {
  it('gives addresses at multiples of 64, never 0, and zeroed memory that does not overlap', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 20 });
    const sizes = [1, 64, 65, 0, 100_000, 3];
    const places = sizes.map((size) => ({ at: arena.allocate(size), size }));
    for (const [i, { at, size }] of places.entries()) {
      expect(at % 64).toBe(0);
      expect(at).toBeGreaterThan(0);
      expect(arena.bytes(at, size).every((byte) => byte === 0)).toBe(true);
      const next = places[i + 1];
      if (next !== undefined) expect(next.at).toBeGreaterThanOrEqual(at + size);
    }
  });

  it('keeps views of before valid when it grows: both buffers are the same memory', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 24 });
    const at = arena.allocate(400);
    const before = arena.floats(at, 100);
    before.fill(1);
    const old = arena.buffer;
    arena.allocate(2 ** 22);
    expect(arena.buffer.byteLength).toBeGreaterThan(old.byteLength);
    const after = arena.floats(at, 100);
    expect(after[7]).toBe(1);
    before[7] = 2;
    expect(after[7]).toBe(2);
    after[8] = 3;
    expect(new Float32Array(old, at, 100)[8]).toBe(3);
  });

  it('gives back what was taken since a mark, and nothing else', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 20 });
    arena.allocate(100);
    const mark = arena.mark();
    const first = arena.allocate(1000);
    arena.allocate(5000);
    arena.release(mark);
    expect(arena.allocate(10)).toBe(first);
    expect(() => arena.release(arena.used + 64)).toThrow(RangeError);
  });

  it('says what it would have needed where its limit is reached', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 17 });
    expect(() => arena.allocate(2 ** 18)).toThrow(GradsocketError);
    expect(() => arena.allocate(2 ** 18)).toThrow(/262208 bytes, but 131072/);
  });
});
