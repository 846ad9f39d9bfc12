import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from '../../../src/collective/kernels/fold.ts';
import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import type { FoldStep } from '../../../src/shared/plan/tree.ts';
import { bfloat16Of, floatOf, rounded, wordOf } from './bfloat16-reference.ts';

const arena = new SharedArena({ maximumBytes: 2 ** 24 });
const kernels = await Kernels.load(arena);
const { calls } = kernels;

/** Any float32, NaNs with any payload among them, and often one that lies halfway or next to it. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc
    .tuple(fc.nat(0xffff), fc.constantFrom(0x7fff, 0x8000, 0x8001, 0, 1, 0xffff))
    .map(([high, low]) => (high << 16) | low),
  fc.constantFrom(0x7f7fffff, 0xff7fffff, 0x7f7f7fff, 0x7f7f8000, 0x7f800000, 0xff800000, 0x7f800001, 0xffffffff, 1),
);
const words = fc.array(word, { maxLength: 70 });

const GUARD = 0xabcd;

interface Floats {
  readonly address: number;
  readonly view: Uint32Array;
}

/** Bits of float32 in the arena, with an element behind them that no kernel may touch. */
function place(values: readonly number[]): Floats {
  const address = arena.allocate((values.length + 1) * 4);
  const view = new Uint32Array(arena.buffer, address, values.length + 1);
  view.set(values.map((value) => value >>> 0));
  view[values.length] = GUARD;
  return { address, view };
}

function placeNarrow(values: readonly number[]): { readonly address: number; readonly view: Uint16Array } {
  const address = arena.allocate((values.length + 1) * 2);
  const view = new Uint16Array(arena.buffer, address, values.length + 1);
  view.set(values);
  view[values.length] = GUARD;
  return { address, view };
}

function inArena(body: () => void): void {
  const mark = arena.mark();
  body();
  arena.release(mark);
}

describe('bfloat16', () => {
  it('is the nearest float32 whose lower half is zero, ties to even, one NaN, denormals and infinities as they are', () => {
    fc.assert(
      fc.property(words, (values) =>
        inArena(() => {
          const from = place(values);
          const to = placeNarrow(values.map(() => 0));
          calls.narrow({ to: to.address, from: from.address, count: values.length });
          expect([...to.view]).toEqual([...values.map((value) => bfloat16Of(floatOf(value))), GUARD]);
        }),
      ),
      { numRuns: 300 },
    );
    // Spelt out once.
    expect([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4e38, -0, NaN].map(bfloat16Of)).toEqual([
      0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0x8000, 0x7fc0,
    ]);
  });

  it('widens to the float32 that it is', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 70 }), (values) =>
        inArena(() => {
          const from = placeNarrow(values);
          const to = place(values.map(() => 0));
          calls.widen({ to: to.address, from: from.address, count: values.length });
          expect([...to.view]).toEqual([...values.map((value) => (value << 16) >>> 0), GUARD]);
        }),
      ),
    );
  });

  it('is added with operands and sum rounded, in place, too', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 70 }), (pairs) =>
        inArena(() => {
          const [a, b] = [place(pairs.map(([first]) => first)), place(pairs.map(([, second]) => second))];
          const expected = pairs.map(([x, y]) =>
            wordOf(rounded(Math.fround(rounded(floatOf(x)) + rounded(floatOf(y))))),
          );
          calls.addBfloat16({ to: a.address, a: a.address, b: b.address, count: pairs.length });
          expect([...a.view]).toEqual([...expected, GUARD]);
        }),
      ),
    );
  });

  it('is folded in the order of the tree, every sum rounded, to a place that may be a source', () => {
    // ((0 + 1) + 2) + (3 + 4)
    const order: readonly FoldStep[] = [
      ...[{ push: 0 }, { push: 1 }, 'add' as const],
      ...[{ push: 2 }, 'add' as const],
      ...[{ push: 3 }, { push: 4 }, 'add' as const, 'add' as const],
    ];
    fc.assert(
      fc.property(fc.constantFrom(1, 3, 8, 31, 1023, 1024, 1025, 2060), fc.nat(), (length, seed) =>
        inArena(() => {
          const sources = [0, 1, 2, 3, 4].map((n) =>
            Array.from({ length }, (_, i) => bfloat16Of(Math.sin(seed + 31 * n + i) * 10 ** ((i * 7 + n) % 9))),
          );
          const value = (n: number, i: number) => floatOf(sources[n]![i]! << 16);
          const sum = (x: number, y: number) => rounded(Math.fround(x + y));
          const expected = Array.from({ length }, (_, i) =>
            bfloat16Of(sum(sum(sum(value(0, i), value(1, i)), value(2, i)), sum(value(3, i), value(4, i)))),
          );
          const placed = sources.map(placeNarrow);
          const fold = new Fold(kernels, order, 5);
          fold.runBfloat16(
            placed[0]!.address,
            placed.map(({ address }) => address),
            length,
          );
          expect([...placed[0]!.view]).toEqual([...expected, GUARD]);
          for (const n of [1, 2, 3, 4]) expect([...placed[n]!.view]).toEqual([...sources[n]!, GUARD]);
        }),
      ),
      { numRuns: 40 },
    );
  });

  it('is folded as any float32 is: infinite, no number, minus zero and the smallest, in each place of a word', () => {
    const odd = [0x7f80, 0xff80, 0x7fc0, 0x8000, 0x0000, 0x0001, 0x807f, 0x7f7f, 0xff7f, 0x3f80];
    const pairs = odd.flatMap((a) => odd.map((b) => [a, b] as const));
    inArena(() => {
      for (const shift of [0, 1]) {
        const [a, b] = [0, 1].map((which) => pairs.map((pair) => pair[which]!));
        const [first, second] = [a!, b!].map((values) => [...Array<number>(shift).fill(0), ...values]);
        const [left, right] = [placeNarrow(first!), placeNarrow(second!)];
        const fold = new Fold(kernels, [{ push: 0 }, { push: 1 }, 'add'], 2);
        const expected = first!.map((one, at) =>
          bfloat16Of(rounded(Math.fround(floatOf(one << 16) + floatOf(second![at]! << 16)))),
        );
        fold.runBfloat16(left.address, [left.address, right.address], first!.length);
        expect([...left.view]).toEqual([...expected, GUARD]);
      }
    });
  });

  it('folds one source to itself, however long', () => {
    inArena(() => {
      const values = Array.from({ length: 2060 }, (_, index) => 0x3f80 + (index % 977));
      const source = placeNarrow(values);
      const to = placeNarrow(values.map(() => 0));
      new Fold(kernels, [{ push: 0 }], 1).runBfloat16(to.address, [source.address], values.length);
      expect([...to.view]).toEqual([...values, GUARD]);
    });
  });
});
