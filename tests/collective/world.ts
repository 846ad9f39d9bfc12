import type { AllReduceCallbacks, ReduceGroup, ReduceMemory } from '../../src/collective/all-reduce.ts';
import type { ReduceBucket, WireType } from '../../src/collective/wire.ts';
import { Kernels } from '../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../src/collective/kernels/shared-arena.ts';
import { dealMicrobatches, type Range } from '../../src/shared/plan/microbatches.ts';
import { splitPoint, subtreesOf } from '../../src/shared/plan/tree.ts';
import { rounded } from './kernels/bfloat16-reference.ts';

/** What a rank has and what it was told. */
export interface Rank {
  readonly group: ReduceGroup;
  readonly memory: ReduceMemory;
  readonly callbacks: AllReduceCallbacks;
  readonly reduced: string[];
  readonly lost: { rank: number | null; reason: string }[];
}

export interface Shape {
  readonly ranks: number;
  readonly leaves: number;
  readonly buckets: readonly ReduceBucket[];
  readonly generation?: number;
  readonly firstStep?: number;
  /** Whether the result is the first contribution's memory, where there is one. */
  readonly alias?: boolean;
}

/** Bucket bounds out of sizes in units of 16 floats, and how each travels (the last `wires` as the ones before). */
export function bucketsOf(sizes: readonly number[], wires: readonly WireType[] = ['f32']): readonly ReduceBucket[] {
  let start = 0;
  return sizes.map((size, index) => {
    const bucket = { start, end: start + size * 16, wire: wires[index] ?? wires.at(-1)! };
    start = bucket.end;
    return bucket;
  });
}

function lengthOf({ buckets }: Shape): number {
  return buckets.at(-1)!.end;
}

const PERIOD = 4099;

/** Leaf vectors whose sum depends on the order of summation. */
export function leafVectors(shape: Shape, seed: number): readonly Float32Array[] {
  let state = (seed * 2654435761 + 1) >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  // Long vectors repeat a table with a period that no chunk or bucket has, so that their sum has it, too.
  return Array.from({ length: shape.leaves }, () => {
    const table = new Float32Array(Math.min(lengthOf(shape), PERIOD));
    for (let i = 0; i < table.length; i++) table[i] = random() * 2 ** Math.floor(random() * 40);
    const vector = new Float32Array(lengthOf(shape));
    vector.set(table);
    repeat(vector, 0, table.length, vector.length);
    return vector;
  });
}

/** Goes on up to `end` with the `period` numbers at `start`. */
function repeat(vector: Float32Array, start: number, period: number, end: number): void {
  // Twice as many each time: a loop takes ten times as long.
  for (let done = period; start + done < end; done *= 2) {
    vector.copyWithin(start + done, start, Math.min(start + done, end - done));
  }
}

/** The sum along the tree, one element after the other, rounded after each addition to float32, then with `round`. */
export function serialSum(
  leaves: readonly Float32Array[],
  node: Range = { start: 0, end: leaves.length },
  round?: (value: number) => number,
): Float32Array {
  // Loops: map() takes ten times as long.
  if (node.end - node.start === 1) {
    const leaf = leaves[node.start]!.slice();
    if (round !== undefined) for (let i = 0; i < leaf.length; i++) leaf[i] = round(leaf[i]!);
    return leaf;
  }
  const middle = splitPoint(node);
  const sum = serialSum(leaves, { start: node.start, end: middle }, round);
  const right = serialSum(leaves, { start: middle, end: node.end }, round);
  for (let i = 0; i < sum.length; i++) sum[i]! += right[i]!;
  if (round !== undefined) for (let i = 0; i < sum.length; i++) sum[i] = round(sum[i]!);
  return sum;
}

/** What the all-reduce should give: each bucket summed as it travels. */
export function expectedSum({ buckets }: Shape, leaves: readonly Float32Array[]): Float32Array {
  const sum = leaves[0]!.slice();
  const all = { start: 0, end: leaves.length };
  for (const bucket of buckets) addUp(sum, leaves, all, bucket, bucket.wire === 'bf16' ? rounded : undefined);
  return sum;
}

/** Puts into a bucket's part of `sum` what its leaves come to. Of what repeats itself one period is added up, number by number. */
function addUp(
  sum: Float32Array,
  leaves: readonly Float32Array[],
  node: Range,
  { start, end }: Range,
  round?: (value: number) => number,
): void {
  const once = leaves.every(isPeriodic) ? Math.min(end, start + PERIOD) : end;
  const parts = leaves.map((leaf) => leaf.subarray(start, once));
  sum.set(serialSum(parts, node, round), start);
  repeat(sum, start, once - start, end);
}

function isPeriodic(vector: Float32Array): boolean {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  const period = PERIOD * vector.BYTES_PER_ELEMENT;
  return bytes.subarray(period).equals(bytes.subarray(0, Math.max(0, bytes.length - period)));
}

/** `maximumBytes`: many arenas at once would run out of address space. */
export async function newKernels(maximumBytes = 64 * 2 ** 20): Promise<Kernels> {
  return Kernels.load(new SharedArena({ maximumBytes }));
}

/** Kernels that end a loop which folds on and on: it leaves no time in which a test could be timed out. */
export function boundedFolds({ arena, calls }: Kernels, most: number): Kernels {
  let folds = 0;
  const count = (): void => {
    if (++folds > most) throw new Error(`more than ${most} folds`);
  };
  return {
    arena,
    calls: {
      ...calls,
      fold: (values) => {
        count();
        calls.fold(values);
      },
      foldBfloat16: (values) => {
        count();
        calls.foldBfloat16(values);
      },
    },
  };
}

export function makeRank(shape: Shape, rank: number, kernels: Kernels): Rank {
  const { ranks, leaves, buckets, generation = 1, firstStep = 0, alias = true } = shape;
  const held = dealMicrobatches(leaves, ranks);
  const length = lengthOf(shape);
  const vector = () => kernels.arena.allocateFloats(length);
  const contributions = subtreesOf(leaves, held[rank]!).map(vector);
  const result = (alias ? contributions[0] : undefined) ?? vector();
  const twin = () => {
    const address = kernels.arena.allocate(length * 2);
    return new Uint16Array(kernels.arena.buffer, address, length);
  };
  const narrow = buckets.some(({ wire }) => wire === 'bf16');
  const twins = narrow ? [...(contributions.length === 0 ? [0] : contributions)].map(twin) : [];
  const reduced: string[] = [];
  const lost: Rank['lost'] = [];
  return {
    group: { generation, firstStep, rank, ranks, leaves, held, buckets },
    memory: { kernels, contributions, result, twins },
    callbacks: {
      onReduced: (step, bucket) => reduced.push(`${step}:${bucket}`),
      onLost: (peer, reason) => lost.push({ rank: peer, reason }),
    },
    reduced,
    lost,
  };
}

/** What the worker does before it contributes: adds up the subtrees that it holds. A leaf is as the engine made it. */
export function fillContributions({ group, memory }: Rank, leaves: readonly Float32Array[]): void {
  for (const [index, subtree] of subtreesOf(group.leaves, group.held[group.rank]!).entries()) {
    const one = subtree.end - subtree.start === 1;
    for (const bucket of group.buckets) {
      const round = bucket.wire === 'bf16' && !one ? rounded : undefined;
      addUp(memory.contributions[index]!, leaves, subtree, bucket, round);
    }
  }
}

/** Compares bytes; a number at which they differ says more than two dumps. */
export function firstDifference(a: Float32Array, b: Float32Array): number | null {
  const bytes = (vector: Float32Array) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  if (bytes(a).equals(bytes(b))) return null;
  return a.findIndex((value, i) => !Object.is(value, b[i]));
}
