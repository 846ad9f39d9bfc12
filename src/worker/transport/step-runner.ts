import type { AllReduce } from '../../collective/all-reduce.ts';
import { TAIL_SCALARS } from '../../shared/network/layout.ts';
import type { StepTimes } from '../../shared/protocol/shared.ts';
import type { FaultPoint } from '../training/faults.ts';
import type { Trace } from '../trace/trace.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { StepMemory } from '../assignment/memory.ts';
import type { ComputeTimes } from '../messages/from-engine.ts';
import type { SessionReplica, StepSums } from './replica.ts';

/** What this worker has to say of a step that it has committed. */
export interface StepReport {
  readonly step: number;
  readonly sums: StepSums;
  readonly times: StepTimes;
  /** Of the all-reduce, in this step. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Over the samples of this worker's own microbatches; null: it has none. */
  readonly ownLossSum: number | null;
}

export interface StepRunnerOptions {
  readonly blueprint: Blueprint;
  readonly replica: SessionReplica;
  readonly memory: StepMemory;
  /** Whether this worker holds microbatches: one that holds none has no tail to raise the stop scalar in. */
  readonly contributes: boolean;
  readonly allReduce: AllReduce;
  /** Seconds. */
  readonly now: () => number;
  readonly trace: Trace;
  readonly fault: (point: FaultPoint, step: number) => void;
  readonly onCommitted: (committed: StepReport) => void;
}

/**
 * Takes the steps of one generation from the engine's contributions to the commit: hands buckets to the all-reduce,
 * applies the optimizer to each bucket as its sum arrives, and commits when all are there.
 */
export class StepRunner {
  readonly #options: StepRunnerOptions;
  #step: number;
  #contributed = 0;
  #reduced = 0;
  #computed: { readonly at: number; readonly times: ComputeTimes; readonly ownLossSum: number | null } | null = null;
  #bytesSent = 0;
  #bytesReceived = 0;
  /** When the first bucket of the running step left. */
  #began = 0;
  /** Seconds for which the optimizer ran while nothing was computed any more. */
  #applied = 0;
  #stop = false;

  constructor(options: StepRunnerOptions, firstStep: number) {
    this.#options = options;
    this.#step = firstStep;
  }

  /** The running step. */
  get step(): number {
    return this.#step;
  }

  /** Whether the engine is not through with it. */
  get computing(): boolean {
    return this.#computed === null;
  }

  /** Asks everybody to stop after this step, or after the next where this one's tail has left already. */
  stop(): void {
    this.#stop = true;
  }

  /** From the engine: `bucket` is complete here. */
  contribute(step: number, bucket: number): void {
    if (step !== this.#step || bucket !== this.#contributed) {
      throw new Error(
        `bucket ${bucket} of step ${step} came where ${this.#contributed} of ${this.#step} was to be contributed`,
      );
    }
    const { trace, allReduce, fault, blueprint, now } = this.#options;
    if (bucket === 0) {
      this.#began = now();
      fault('before-send', step);
    }
    this.#contributed++;
    trace.begin('all-reduce', this.#idOf(bucket), { step, bucket });
    const buckets = blueprint.buckets.ranges.length;
    allReduce.contribute(step, bucket);
    if (bucket === halfOf(buckets)) fault('half-sent', step);
    if (bucket === buckets - 1) fault('all-sent', step);
  }

  /** From the engine: everything of `step` is complete here. */
  computed(step: number, times: ComputeTimes, ownLossSum: number | null): void {
    if (step !== this.#step) throw new Error(`step ${step} was computed where ${this.#step} runs`);
    const { blueprint, memory, now } = this.#options;
    if (this.#options.contributes) {
      // Raised here, in the last moment, and not by the engine's thread, which cannot hear while it computes.
      memory.vectors[0]![blueprint.layout.scalars + TAIL_SCALARS.stop] = this.#stop ? 1 : 0;
    }
    this.#computed = { at: now(), times, ownLossSum };
    const buckets = blueprint.buckets.ranges.length;
    // Counted here: the last one may commit the step at once and so begin the count of the next.
    for (let bucket = this.#contributed; bucket < buckets; bucket++) this.contribute(step, bucket);
  }

  /** From the all-reduce: the sum of `bucket` is there. */
  reduced(step: number, bucket: number): void {
    const { blueprint, replica, memory, trace, fault } = this.#options;
    if (step !== this.#step || bucket !== this.#reduced) {
      throw new Error(`bucket ${bucket} of step ${step} was reduced, ${this.#reduced} of ${this.#step} was due`);
    }
    trace.end('all-reduce', this.#idOf(bucket));
    this.#reduced++;
    const tail = blueprint.buckets.ranges.length - 1;
    const arrived = this.#options.now();
    const begun = trace.now();
    if (bucket < tail) {
      replica.apply(step, bucket, memory.result);
      if (this.#computed !== null) this.#applied += this.#options.now() - arrived;
      if (bucket === halfOf(tail + 1)) fault('half-received', step);
      trace.span('optimiser', begun, { step, bucket });
    } else this.#commit(arrived, begun);
  }

  /** Drops the running step. */
  abort(): void {
    this.#options.allReduce.abort(this.#step);
  }

  /** Numbers what of the steps is under way at a time. */
  #idOf(bucket: number): number {
    return this.#step * this.#options.blueprint.buckets.ranges.length + bucket;
  }

  #commit(arrived: number, begun: number): void {
    const { replica, memory, allReduce, now, trace, fault } = this.#options;
    const step = this.#step;
    const { at, times, ownLossSum } = this.#computed!;
    fault('before-commit', step);
    const sums = replica.commit(step, memory.result);
    fault('after-commit', step);
    const committed = now();
    trace.span('commit', begun, { step });
    const { bytesSent, bytesReceived } = allReduce;
    const report = {
      step,
      sums,
      times: {
        data: times.data,
        compute: times.compute,
        allReduce: arrived - at - this.#applied,
        optimizer: this.#applied,
        commit: committed - arrived,
        total: times.elapsed + committed - at,
        reduce: arrived - this.#began,
      },
      bytesSent: bytesSent - this.#bytesSent,
      bytesReceived: bytesReceived - this.#bytesReceived,
      ownLossSum,
    };
    this.#bytesSent = bytesSent;
    this.#bytesReceived = bytesReceived;
    this.#step++;
    this.#contributed = 0;
    this.#reduced = 0;
    this.#applied = 0;
    this.#computed = null;
    this.#options.onCommitted(report);
  }
}

/** The last one of the first half. */
function halfOf(buckets: number): number {
  return Math.ceil(buckets / 2) - 1;
}
