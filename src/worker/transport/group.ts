import type { AllReduce, AllReduceCallbacks, ReduceGroup } from '../../collective/all-reduce.ts';
import { bucketsOnWire } from '../../collective/wire.ts';
import { dealMicrobatches } from '../../shared/plan/microbatches.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { StepMemory } from '../assignment/memory.ts';

/** What a generation's members are told of it, each with its own rank. */
export type Announcement = Extract<ToWorker, { type: 'generation' }>;

/** Makes the links of a generation. Rejects with `PeersMissing` where peers are at fault. */
export type ConnectGroup = (
  generation: Announcement,
  group: ReduceGroup,
  memory: StepMemory,
  callbacks: AllReduceCallbacks,
) => Promise<AllReduce>;

/** Who holds what in a generation: a function of the blueprint and the number of members. */
export function reduceGroup(blueprint: Blueprint, { generation, rank, members, step }: Announcement): ReduceGroup {
  return {
    generation,
    firstStep: step,
    rank,
    ranks: members.length,
    leaves: blueprint.microbatches,
    held: dealMicrobatches(blueprint.microbatches, members.length),
    buckets: bucketsOnWire(blueprint.buckets.ranges, blueprint.job.wire),
  };
}
