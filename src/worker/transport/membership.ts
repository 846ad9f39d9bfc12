import type { AllReduce } from '../../collective/all-reduce.ts';
import type { FaultHook, FaultPoint } from '../training/faults.ts';
import type { Trace } from '../trace/trace.ts';
import { type Accumulation, planAccumulation } from '../assignment/accumulation.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { StepMemory, StepMemoryPool } from '../assignment/memory.ts';
import type { ComputeTimes } from '../messages/from-engine.ts';
import { type ConnectGroup, reduceGroup } from './group.ts';
import { LocalReduce } from './local-reduce.ts';
import type { Announcement } from '../session/state.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import type { SessionReplica } from './replica.ts';
import { type StepReport, StepRunner } from './step-runner.ts';

export interface MembershipOptions {
  readonly generation: Announcement;
  readonly blueprint: Blueprint;
  /** How many microbatches the engine computes at once. */
  readonly abreast: number;
  readonly replica: SessionReplica;
  readonly pool: StepMemoryPool;
  readonly connect: ConnectGroup;
  readonly now: () => number;
  readonly trace: Trace;
  readonly fault: FaultHook;
  readonly onCommitted: (committed: StepReport) => void;
  /** A link broke. `rank` is null for the star's hub. */
  readonly onLost: (rank: number | null, reason: string) => void;
  readonly onError: (error: unknown) => void;
}

/** This worker's part in one generation: its links to the others and the steps that run over them. Ends once, for good. */
export class Membership {
  readonly generation: Announcement;
  readonly memory: StepMemory;
  /** The microbatches that this worker computes. */
  readonly microbatches: Range;
  readonly #options: MembershipOptions;
  readonly #accumulation: Accumulation;
  #allReduce: AllReduce | null = null;
  #runner: StepRunner | null = null;
  #ended = false;
  readonly #abort = new AbortController();

  constructor(options: MembershipOptions) {
    const { blueprint, generation, abreast, pool } = options;
    this.#options = options;
    this.generation = generation;
    const { held, rank, buckets } = reduceGroup(blueprint, generation);
    this.microbatches = held[rank]!;
    this.#accumulation = planAccumulation(blueprint.microbatches, this.microbatches, abreast);
    const narrow = buckets.some(({ wire }) => wire === 'bf16');
    const twins = narrow ? Math.max(1, this.#accumulation.contributions) : 0;
    this.memory = pool.take(this.#accumulation.vectors, twins);
  }

  /** Resolves when every link is there; never, if the membership has ended before. */
  async connect(): Promise<void> {
    const { generation, blueprint, replica, connect, now, trace, onCommitted } = this.#options;
    const fault = (point: FaultPoint, step: number) => this.#options.fault(point, step, generation.rank);
    const group = reduceGroup(blueprint, generation);
    const onReduced = (step: number, bucket: number) => this.#reduced(step, bucket);
    const onLost = (rank: number | null, reason: string) => {
      if (!this.#ended) this.#options.onLost(rank, reason);
    };
    const allReduce =
      // As bfloat16 the sums of a worker alone are rounded, too: its weights are those of any number of workers.
      group.ranks === 1 && this.memory.twins.length === 0
        ? new LocalReduce(onReduced)
        : await connect(generation, group, this.memory, { onReduced, onLost }, this.#abort.signal);
    if (this.#ended) {
      allReduce.close();
      return new Promise(() => undefined);
    }
    this.#allReduce = allReduce;
    const contributes = this.#accumulation.contributions > 0;
    const options = { blueprint, replica, memory: this.memory, contributes, allReduce, now, trace, fault, onCommitted };
    this.#runner = new StepRunner(options, generation.step);
  }

  contribute(step: number, bucket: number): void {
    // The engine may still be computing a step that has been given up.
    if (!this.#ended) this.#runner?.contribute(step, bucket);
  }

  computed(step: number, times: ComputeTimes, ownLossSum: number | null): void {
    if (!this.#ended) this.#runner?.computed(step, times, ownLossSum);
  }

  /** Whether the engine is not through with its part of the running step; also of the one that was dropped at the end. */
  get computing(): boolean {
    return this.#runner?.computing ?? false;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks all members to stop after the running step. */
  stop(): void {
    this.#runner?.stop();
  }

  /** Drops the running step and closes the links. No callback is made any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort.abort();
    this.#runner?.abort();
    this.#allReduce?.close();
  }

  #reduced(step: number, bucket: number): void {
    if (this.#ended) return;
    try {
      this.#runner?.reduced(step, bucket);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
