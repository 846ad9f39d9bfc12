import { type Assignment, type Blueprint, drawBlueprint } from '../assignment/blueprint.ts';
import { StepMemoryPool } from '../assignment/memory.ts';
import { Giver, type GiverOptions } from './giver.ts';
import type { SessionReplica } from './replica.ts';
import type { SessionOptions } from './session-options.ts';

/** What a worker makes for the job of its run, and keeps for as long as it is part of it. */
export class Workshop {
  readonly blueprint: Blueprint;
  readonly replica: SessionReplica;
  readonly pool: StepMemoryPool;
  /** Heals others. */
  readonly giver: Giver;

  constructor(
    assignment: Assignment,
    { createReplica, allocate, leastBound }: Pick<SessionOptions, 'createReplica' | 'allocate' | 'leastBound'>,
    giving: Pick<GiverOptions, 'stream' | 'onError'>,
  ) {
    const blueprint = drawBlueprint(assignment);
    const replica = createReplica(blueprint);
    this.blueprint = blueprint;
    this.replica = replica;
    this.giver = new Giver({
      ...giving,
      snapshot: () => replica.snapshot(),
      ...(leastBound === undefined ? {} : { leastBound }),
    });
    this.pool = new StepMemoryPool(allocate, blueprint.layout);
  }

  /** Of the reduced vector of a step. */
  get reducedBytes(): number {
    return this.blueprint.layout.length * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Commits a step that others reduced, and returns its vector. */
  applyReduced(step: number, bytes: Uint8Array): Float32Array {
    const vector = this.pool.received();
    new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).set(bytes);
    this.replica.applyReduced(step, vector);
    return vector;
  }
}
