import { StateAssembly, type StatePart } from '../../shared/checkpoint/assembly.ts';
import { type Assignment, type Blueprint, drawBlueprint } from '../assignment/blueprint.ts';
import { StepMemoryPool } from '../assignment/memory.ts';
import { Reports } from './reports.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { Membership } from './membership.ts';
import type { Replica } from './replica.ts';
import type { SessionOptions } from './session-options.ts';

/** What this worker knows and holds of the run, from `welcome` on. */
export interface JoinedRun {
  readonly blueprint: Blueprint;
  readonly replica: Replica;
  readonly pool: StepMemoryPool;
  readonly steps: Reports;
  /** Whether the replica holds what the run starts from: initial values, or the coordinator's checkpoint. */
  restored: boolean;
  /** The checkpoint to start from, while it arrives. */
  assembly: StateAssembly | null;
  /** What the engine became; null: it is still compiling. */
  prepared: Extract<FromEngine, { type: 'prepared' }> | null;
  /** Its place among the workers; null before the first `generation`. */
  membership: Membership | null;
  /** In `finishing`: whether all checkpoints are sent, and whether steps of the plan are left. */
  uploaded: boolean;
  stopped: boolean;
}

/** Makes the replica, with initial values unless a checkpoint `resumes` it, and all that goes with it. */
export function joinRun(
  assignment: Assignment,
  resumes: boolean,
  { createReplica, allocate, control }: Pick<SessionOptions, 'createReplica' | 'allocate' | 'control'>,
  onError: (error: unknown) => void,
): JoinedRun {
  const blueprint = drawBlueprint(assignment);
  const replica = createReplica(blueprint);
  if (!resumes) replica.initialise();
  return {
    blueprint,
    replica,
    pool: new StepMemoryPool(allocate, blueprint.layout),
    steps: new Reports({ replica, control, onError }),
    restored: !resumes,
    assembly: null,
    prepared: null,
    membership: null,
    uploaded: false,
    stopped: false,
  };
}

/** A part of the checkpoint to start from has come. Returns whether it was the last, and the replica holds it now. */
export function restorePart(run: JoinedRun, part: StatePart): boolean {
  run.assembly ??= new StateAssembly(part);
  const bytes = run.assembly.add(part);
  if (bytes === null) return false;
  run.assembly = null;
  run.replica.restore(bytes, `the checkpoint of step ${part.step}`);
  run.restored = true;
  return true;
}
