import type { AllReduce, AllReduceCallbacks, ReduceGroup } from '../../../src/collective/all-reduce.ts';
import { foldOrder, subtreesOf } from '../../../src/shared/plan/tree.ts';
import { rounded } from '../../collective/kernels/bfloat16-reference.ts';
import type { StepMemory } from '../../../src/worker/assignment/memory.ts';

interface Member {
  readonly memory: StepMemory;
  readonly callbacks: AllReduceCallbacks;
  contributed: number;
  ended: boolean;
  /** It is not told of sums any more, as when the network is slow. */
  muted: boolean;
}

/** The all-reduce of one generation within one process: folds when all have contributed, as the definition says. */
export class MemoryReduceGroup {
  readonly #group: ReduceGroup;
  readonly #members = new Map<number, Member>();
  #reduced = 0;

  constructor(group: ReduceGroup) {
    this.#group = group;
  }

  join(rank: number, memory: StepMemory, callbacks: AllReduceCallbacks): AllReduce {
    const member: Member = { memory, callbacks, contributed: 0, ended: false, muted: false };
    this.#members.set(rank, member);
    const { buckets, firstStep } = this.#group;
    return {
      bytesSent: 0,
      bytesReceived: 0,
      contribute: (step, bucket) => {
        const expected = (step - firstStep) * buckets.length + bucket;
        if (member.contributed !== expected) throw new Error(`rank ${rank} contributed ${step}/${bucket} out of turn`);
        member.contributed++;
        this.#foldWhatIsThere();
      },
      abort: () => void (member.ended = true),
      close: () => void (member.ended = true),
    };
  }

  /** Sums of buckets reach `rank` no more. */
  mute(rank: number): void {
    this.#members.get(rank)!.muted = true;
  }

  /** As when the link of `rank` to `lost` breaks. */
  lose(rank: number, lost: number, reason: string): void {
    this.#members.get(rank)!.callbacks.onLost(lost, reason);
  }

  #foldWhatIsThere(): void {
    const { buckets, ranks, leaves, held, firstStep } = this.#group;
    const members = [...this.#members].toSorted(([a], [b]) => a - b).map(([, member]) => member);
    while (members.length === ranks && members.every(({ contributed }) => contributed > this.#reduced)) {
      const step = firstStep + Math.floor(this.#reduced / buckets.length);
      const bucket = this.#reduced % buckets.length;
      const { start, end, wire } = buckets[bucket]!;
      const travel = (values: Float32Array) => (wire === 'bf16' ? values.map(rounded) : values);
      const subtrees = held.map((range) => subtreesOf(leaves, range));
      const vectors = members.flatMap(({ memory }, rank) => memory.vectors.slice(0, subtrees[rank]!.length));
      const stack: Float32Array[] = [];
      for (const action of foldOrder(leaves, subtrees.flat())) {
        if (action === 'add') {
          const right = stack.pop()!;
          const left = stack.pop()!;
          stack.push(travel(left.map((x, i) => x + right[i]!)));
        } else {
          stack.push(travel(vectors[action.push]!.slice(start, end)));
        }
      }
      this.#reduced++;
      for (const member of members) {
        if (member.ended || member.muted) continue;
        member.memory.result.set(stack[0]!, start);
        queueMicrotask(() => {
          if (!member.ended && !member.muted) member.callbacks.onReduced(step, bucket);
        });
      }
    }
  }
}
