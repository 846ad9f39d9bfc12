import type { EarlyStop } from '../progress/early-stop.ts';
import type { Dispute } from '../progress/dispute.ts';
import type { Observed } from '../progress/speeds.ts';
import type { Job } from '../../shared/job/schema.ts';
import type { Deadlines } from './deadlines.ts';
import type { Pace } from './patience.ts';

/** What the machine may know of steps, evaluations and checkpoints. `Progress` has it; tests make it up. */
export interface Facts {
  /** Steps that every member of the generation has committed. */
  readonly complete: number;
  /** Steps that any member has reported. */
  readonly newest: number;
  /** Names of those whose report of the next step is missing. */
  readonly behind: readonly string[];
  /** The newest step whose checkpoint is on the disk, or on its way there. */
  readonly handedOver: number;
  /** Where and why the run ends before its plan does; null: it does not. Nothing after it counts. */
  readonly early: EarlyStop | null;
  /** When anybody last reported anything. */
  readonly lastHeard: number;
  /** When a part of a checkpoint last came, or that of an early end began to be waited for. */
  readonly lastPart: number;
  /** How long the newest step took; null: there was none. */
  readonly recentStepMs: number | null;
  readonly pace: Pace;
  /** Replicas are not equal; null: they are, as far as is known. */
  readonly dispute: Dispute | null;
  /** How fast members compute. */
  readonly observed: Observed;
  /** What is due after `step` committed steps and was lost, or left out. */
  owed(step: number): { readonly evaluate: boolean; readonly checkpoint: boolean };
  /**
   * Where the run's end goes by all evaluations: after how many steps one was lost, while nobody holds less than `step` any more, but
   * for the newest checkpoint; null: after none.
   */
  lostEvaluation(step: number): number | null;
  /** What is due after the last step, `step`, and nobody sent; null: nothing is missing. */
  missing(step: number): string | null;
}

/** What was settled before the run began. */
export interface Terms {
  /** Names the run, the same after every restart of its coordinator. */
  readonly run: string;
  /** Steps of the plan. */
  readonly total: number;
  readonly workers: Workers;
  /** They do not end with the coordinator. */
  readonly workersLiveOn: boolean;
  readonly microbatches: number;
  readonly job: Pick<Job, 'topology' | 'engine' | 'threads'>;
  /** Where workers find the coordinator, for sentences. */
  readonly url: string;
  readonly deadlines: Deadlines;
}

/** How many workers a run wants. */
export interface Workers {
  /** To begin with. */
  readonly wanted: number;
  /** To go on with; null: not said, so that one is enough to go on and `wanted` are needed to begin. */
  readonly min: number | null;
  /** That train at a time. As many again are kept as spares. */
  readonly max: number;
}
