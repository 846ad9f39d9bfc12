import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from '../../../src/collective/kernels/fold.ts';
import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import { dealMicrobatches } from '../../../src/shared/plan/microbatches.ts';
import { foldOrder, subtreesOf } from '../../../src/shared/plan/tree.ts';

const { fround } = Math;
const { calls, arena } = await Kernels.load(new SharedArena({ maximumBytes: 2 ** 24 }));
const kernels = await Kernels.load(arena);

const float = fc.oneof(
  { weight: 6, arbitrary: fc.float() },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e-45, -1e-45, 1.17e-38, 3.4e38) },
);

/** `count` vectors of one length, odd ones among them, with everything that a float can be. */
function vectors(count: number): fc.Arbitrary<Float32Array[]> {
  return fc
    .integer({ min: 0, max: 70 })
    .chain((length) =>
      fc.array(fc.array(float, { minLength: length, maxLength: length }), { minLength: count, maxLength: count }),
    )
    .map((arrays) => arrays.map((array) => Float32Array.from(array)));
}

const GUARD = 12345;

interface Placed {
  readonly address: number;
  readonly view: Float32Array;
}

/** A vector in the arena with a float behind it that no kernel may touch. */
function place(values: ArrayLike<number>): Placed {
  const address = arena.allocate((values.length + 1) * 4);
  const view = arena.floats(address, values.length + 1);
  view.set(values);
  view[values.length] = GUARD;
  return { address, view };
}

function expectBits({ view }: Placed, expected: ArrayLike<number>): void {
  expect(view[expected.length]).toBe(GUARD);
  for (let i = 0; i < expected.length; i++) {
    // Which NaN an operation gives is left open by WebAssembly; that it is one, and every other bit, is not.
    if (!Object.is(view[i], expected[i])) throw new Error(`element ${i} is ${view[i]}, not ${expected[i]}`);
  }
}

/** Runs `body` and gives the memory back. */
function inArena(body: () => void): void {
  const mark = arena.mark();
  body();
  arena.release(mark);
}

describe('a kernel gives the bits of float32 arithmetic, whatever the values and the length', () => {
  it('when it copies and adds', () => {
    fc.assert(
      fc.property(vectors(2), ([a, b]) =>
        inArena(() => {
          const [x, y, sum, copied] = [place(a!), place(b!), place(a!), place(b!)];
          calls.add({ to: sum.address, a: x.address, b: y.address, count: a!.length });
          expectBits(
            sum,
            a!.map((value, i) => fround(value + b![i]!)),
          );
          calls.copy({ to: copied.address, from: x.address, count: a!.length });
          expectBits(copied, a!);
          calls.add({ to: x.address, a: x.address, b: x.address, count: a!.length });
          expectBits(
            x,
            a!.map((value) => fround(value + value)),
          );
        }),
      ),
    );
  });

  it('when it scales', () => {
    fc.assert(
      fc.property(vectors(1), float, ([a], factor) =>
        inArena(() => {
          const [x, scaled] = [place(a!), place(a!)];
          calls.scale({ to: scaled.address, from: x.address, factor, count: a!.length });
          expectBits(
            scaled,
            a!.map((value) => fround(value * fround(factor))),
          );
        }),
      ),
    );
  });

  it('when it sums squares in float64, in its one order', () => {
    fc.assert(
      fc.property(vectors(1), ([a]) =>
        inArena(() => {
          const partial = [0, 0, 0, 0];
          for (const [i, value] of a!.entries()) partial[i % 4]! += value * value;
          const expected = partial[0]! + partial[1]! + (partial[2]! + partial[3]!);
          expect(calls.sumOfSquares({ from: place(a!).address, count: a!.length })).toBe(expected);
        }),
      ),
    );
  });

  it('when it takes a step of SGD', () => {
    fc.assert(
      fc.property(vectors(3), fc.boolean(), ([p, g, v], nesterov) =>
        inArena(() => {
          const [scale, decay, rate, momentum, undamped] = [0.1, 0.01, 0.3, 0.9, 0.7].map(fround) as Five;
          const mean = g!.map((value, i) => fround(fround(value * scale) + fround(p![i]! * decay)));
          const [parameters, gradients, velocities] = [place(p!), place(g!), place(v!)];
          const [plain, moved, velocity] = [place(p!), place(p!), place(p!)];
          const common = {
            parameters: parameters.address,
            gradients: gradients.address,
            count: p!.length,
            gradientScale: scale,
            weightDecay: decay,
            rate,
          };
          calls.sgd({ ...common, toParameters: plain.address });
          expectBits(
            plain,
            mean.map((value, i) => fround(p![i]! - fround(rate * value))),
          );
          calls.sgdMomentum({
            ...common,
            toParameters: moved.address,
            toVelocities: velocity.address,
            velocities: velocities.address,
            momentum,
            undamped,
            nesterov: nesterov ? 1 : 0,
          });
          const nextVelocity = v!.map((value, i) => fround(fround(momentum * value) + fround(undamped * mean[i]!)));
          expectBits(velocity, nextVelocity);
          const direction = nesterov
            ? nextVelocity.map((value, i) => fround(mean[i]! + fround(momentum * value)))
            : nextVelocity;
          expectBits(
            moved,
            direction.map((value, i) => fround(p![i]! - fround(rate * value))),
          );
        }),
      ),
    );
  });

  it('when it takes a step of Adam', () => {
    fc.assert(
      fc.property(vectors(4), ([p, g, m, s]) =>
        inArena(() => {
          const scalars = [0.1, 0.01, 0.3, 0.1, 0.999, 0.001, 0.5, 1e-8, 0.99].map(fround) as Nine;
          const [scale, decay, size, newMean, beta2, newSquare, correction, epsilon, shrink] = scalars;
          const [next, parameters] = [place(p!), place(p!)];
          const [nextMeans, nextSquares] = [place(m!), place(s!)];
          calls.adam({
            toParameters: next.address,
            toMeans: nextMeans.address,
            toSquares: nextSquares.address,
            parameters: parameters.address,
            means: place(m!).address,
            squares: place(s!).address,
            gradients: place(g!).address,
            count: p!.length,
            gradientScale: scale,
            weightDecay: decay,
            stepSize: size,
            oneMinusBeta1: newMean,
            beta2,
            oneMinusBeta2: newSquare,
            correction,
            epsilon,
            shrink,
          });
          const mean = g!.map((value, i) => fround(fround(value * scale) + fround(p![i]! * decay)));
          const means = m!.map((value, i) => fround(value + fround(newMean * fround(mean[i]! - value))));
          const squares = s!.map((value, i) =>
            fround(fround(beta2 * value) + fround(fround(newSquare * mean[i]!) * mean[i]!)),
          );
          expectBits(nextMeans, means);
          expectBits(nextSquares, squares);
          expectBits(
            next,
            p!.map((value, i) => {
              const denominator = fround(fround(fround(Math.sqrt(squares[i]!)) / correction) + epsilon);
              return fround(fround(shrink * value) - fround(fround(size * means[i]!) / denominator));
            }),
          );
        }),
      ),
    );
  });

  it('when it takes a step of RMSprop', () => {
    fc.assert(
      fc.property(vectors(5), fc.boolean(), fc.boolean(), ([p, g, s, m, v], centred, moving) =>
        inArena(() => {
          const scalars = [0.1, 0.01, 0.3, 0.99, 0.01, 1e-8, 0.9].map(fround) as Seven;
          const [scale, decay, rate, alpha, fresh, epsilon, momentum] = scalars;
          const [next, nextSquares, nextMeans, nextVelocities] = [place(p!), place(s!), place(m!), place(v!)];
          calls.rmsprop({
            toParameters: next.address,
            toSquares: nextSquares.address,
            toMeans: centred ? nextMeans.address : 0,
            toVelocities: moving ? nextVelocities.address : 0,
            parameters: place(p!).address,
            squares: place(s!).address,
            means: centred ? place(m!).address : 0,
            velocities: moving ? place(v!).address : 0,
            gradients: place(g!).address,
            count: p!.length,
            gradientScale: scale,
            weightDecay: decay,
            rate,
            alpha,
            oneMinusAlpha: fresh,
            epsilon,
            momentum,
          });
          const mean = g!.map((value, i) => fround(fround(value * scale) + fround(p![i]! * decay)));
          const squares = s!.map((value, i) =>
            fround(fround(alpha * value) + fround(fround(fresh * mean[i]!) * mean[i]!)),
          );
          const means = m!.map((value, i) => fround(value + fround(fresh * fround(mean[i]! - value))));
          const spread = centred ? squares.map((value, i) => fround(value - fround(means[i]! * means[i]!))) : squares;
          const denominator = spread.map((value) => fround(fround(Math.sqrt(value)) + epsilon));
          const velocity = v!.map((value, i) => fround(fround(momentum * value) + fround(mean[i]! / denominator[i]!)));
          expectBits(nextSquares, squares);
          expectBits(nextMeans, centred ? means : m!);
          expectBits(nextVelocities, moving ? velocity : v!);
          expectBits(
            next,
            p!.map((value, i) =>
              fround(
                value - (moving ? fround(rate * velocity[i]!) : fround(fround(rate * mean[i]!) / denominator[i]!)),
              ),
            ),
          );
        }),
      ),
    );
  });
});

type Five = [number, number, number, number, number];
type Seven = [...Five, number, number];
type Nine = [...Seven, number, number];

describe('a fold', () => {
  it('adds in the order of the tree, for any leaves, ranks and length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 1, max: 8 }),
        fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1015, max: 2060 })),
        fc.integer(),
        (leaves, ranks, length, seed) =>
          inArena(() => {
            const ranges = dealMicrobatches(leaves, ranks).flatMap((held) => subtreesOf(leaves, held));
            const values = ranges.map((_range, n) =>
              Float32Array.from({ length }, (_, i) => Math.sin(seed + 31 * n + i) * 10 ** ((i * 7 + n) % 9)),
            );
            const order = foldOrder(leaves, ranges);
            const fold = new Fold(kernels, order, ranges.length);
            const sources = values.map(place);
            const stack: Float32Array[] = [];
            for (const step of order) {
              if (step === 'add') {
                const right = stack.pop()!;
                stack.push(stack.pop()!.map((value, i) => fround(value + right[i]!)));
              } else stack.push(values[step.push]!);
            }
            const result = place(new Float32Array(length));
            const addresses = sources.map(({ address }) => address);
            fold.run(result.address, addresses, length);
            expectBits(result, stack[0]!);
            for (const [n, source] of sources.entries()) expectBits(source, values[n]!);
            // Onto each of its sources it comes out the same.
            const onto = seed >>> (0 % sources.length);
            const target = sources[onto % sources.length]!;
            fold.run(target.address, addresses, length);
            expectBits(target, stack[0]!);
          }),
      ),
      { numRuns: 200 },
    );
  });
});
