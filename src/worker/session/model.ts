import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { Assignment } from '../assignment/blueprint.ts';
import type { SessionState, StateName, StateOf } from './state.ts';

/** How far the run's record is on the coordinator's disk. */
export type Recorded = Omit<Extract<ToWorker, { type: 'recorded' }>, 'type'>;

/** What `welcome` said. */
export interface JoinedRun {
  /** null: the coordinator is of a version that names no run, and keeps no place for workers whose connection was lost. */
  readonly id: string | null;
  readonly workerId: string;
  readonly assignment: Assignment;
  readonly plan: TrainingPlan;
  /** Which welcome it was, as the coordinator counts them; undefined: it does not. */
  readonly nth?: number | undefined;
}

/** All that decides what a session does next. */
export interface SessionModel {
  readonly who: { readonly name: string; readonly coordinator: string };
  readonly state: SessionState;
  /** The control connection. greeting: open, but whether this worker still has its place is not known. */
  readonly link: 'down' | 'greeting' | 'up';
  /** null: not welcomed yet. */
  readonly run: JoinedRun | null;
  /** Steps that the replica has committed. */
  readonly committed: number;
  /** The newest generation that this worker heard of; 0: none. */
  readonly generation: number;
  /** What the engine does is numbered: the words of an older stint are void. */
  readonly stint: number;
  /** Committed steps after which the engine evaluates; null: it owes no evaluation. */
  readonly evaluating: number | null;
  /** A signal asked this worker to leave, and the coordinator knows, or will. */
  readonly leaving: boolean;
  readonly recorded: Recorded;
}

/** The same, where the state is known. */
export type ModelIn<N extends StateName> = SessionModel & { readonly state: StateOf<N> };

export function newSession(who: SessionModel['who']): SessionModel {
  return {
    who,
    state: { name: 'joining' },
    link: 'down',
    run: null,
    committed: 0,
    generation: 0,
    stint: 0,
    evaluating: null,
    leaving: false,
    recorded: { steps: 0, evaluated: 0, saved: 0 },
  };
}
