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

  it('gives out again what a lease has given back, joined where it lies together, floats zeroed', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 20 });
    const lease = arena.lease();
    const [first, second] = [lease.allocate(1000), lease.allocate(5000)];
    const kept = arena.allocate(64);
    arena.bytes(first, 6000).fill(1);
    const { used } = arena;
    lease.end();
    lease.end();
    // Both together, from where the first one was.
    const floats = arena.allocateFloats(1400);
    expect(floats.byteOffset).toBe(first);
    expect(floats.every((value) => value === 0)).toBe(true);
    // The rest of it is used, too, before anything new.
    expect(arena.allocate(64)).toBe(first + 5632);
    expect(second).toBeGreaterThan(first);
    expect(arena.used).toBe(used);
    expect(arena.allocate(1024)).toBeGreaterThan(kept);
  });

  it('takes the smallest place that will do, and shrinks where the last one is given back', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 20 });
    const [large, small] = [arena.lease(), arena.lease()];
    const big = large.allocate(4096);
    arena.allocate(64);
    const little = small.allocate(256);
    arena.allocate(64);
    large.end();
    small.end();
    expect(arena.allocate(200)).toBe(little);
    expect(arena.allocate(300)).toBe(big);
    const { used } = arena;
    const last = arena.lease();
    last.allocate(50_000);
    last.end();
    expect(arena.used).toBe(used);
  });

  it('says what it would have needed where its limit is reached', () => {
    const arena = new SharedArena({ maximumBytes: 2 ** 17 });
    expect(() => arena.allocate(2 ** 18)).toThrow(GradsocketError);
    expect(() => arena.allocate(2 ** 18)).toThrow(/262208 bytes, but 131072/);
  });
});
