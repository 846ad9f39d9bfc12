import type { AllReduce, AllReduceCallbacks, ReduceGroup } from '../../collective/all-reduce.ts';
import { bucketsOnWire } from '../../collective/wire.ts';
import { dealMicrobatches } from '../../shared/plan/microbatches.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { StepMemory } from '../assignment/memory.ts';
import type { Announcement } from '../session/state.ts';

/**
 * Makes the links of a generation. Rejects with `PeersMissing` where peers are at fault. `signal`: the generation has ended
 * before they are made; whatever was tried for it is over at once.
 */
export type ConnectGroup = (
  generation: Announcement,
  group: ReduceGroup,
  memory: StepMemory,
  callbacks: AllReduceCallbacks,
  signal: AbortSignal,
) => Promise<AllReduce>;

/** Who holds what in a generation: as it was announced, else a function of the blueprint and the number of members. */
export function reduceGroup(blueprint: Blueprint, announcement: Announcement): ReduceGroup {
  const { generation, rank, members, step, microbatches } = announcement;
  return {
    generation,
    firstStep: step,
    rank,
    ranks: members.length,
    leaves: blueprint.microbatches,
    held:
      microbatches?.map(([start, end]) => ({ start, end })) ?? dealMicrobatches(blueprint.microbatches, members.length),
    buckets: bucketsOnWire(blueprint.buckets.ranges, blueprint.job.wire),
  };
}
