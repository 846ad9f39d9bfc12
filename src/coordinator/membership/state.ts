import type { Outcome } from './outcome.ts';
import type { Training } from './training.ts';

/** Where a run stands, with what it needs to know there. `Stage` has the one setter, which logs every change. */
export type RunState =
  /** Fewer workers than wanted have said hello. */
  | { readonly name: 'gathering' }
  /** All wanted workers are here; some still compile, allocate, or receive the checkpoint. */
  | { readonly name: 'preparing' }
  /** The generation is announced; its members connect to each other. `training`: what they will report to. */
  | { readonly name: 'connecting'; readonly training: Training }
  /** Steps are committed, evaluations and checkpoints come in. */
  | { readonly name: 'training'; readonly training: Training }
  /**
   * Interrupted: everybody commits the running step, rank 0 sends a checkpoint, all say `done`. `outcome`: how the run ends, here and
   * in the states below.
   */
  | { readonly name: 'draining'; readonly training: Training; readonly outcome: Outcome }
  /**
   * The running step was dropped; the members say which step they have committed. `stalledMs`: for how long nobody had reported
   * anything when it was dropped for that, which their answers explain; null: it was dropped for something else.
   */
  | {
      readonly name: 'halting';
      readonly training: Training;
      readonly outcome: Outcome;
      readonly stalledMs: number | null;
    }
  /** The last checkpoint is on its way here; `from` says which worker was asked for which step, null: only the disk is waited for. */
  | {
      readonly name: 'saving';
      readonly training: Training;
      readonly outcome: Outcome;
      readonly from: { readonly worker: string; readonly step: number } | null;
    }
  /** The end, as it should be or on request: the workers are told to leave. `training`: null where it never came to that. */
  | { readonly name: 'finished'; readonly training: Training | null; readonly outcome: Outcome }
  /** The end, with an error: the workers are told to leave. */
  | { readonly name: 'failed'; readonly training: Training | null; readonly outcome: Outcome };

export type RunStateName = RunState['name'];

export type InState<N extends RunStateName> = Extract<RunState, { readonly name: N }>;

/** Nothing that happens afterwards changes the outcome. */
export function isOver(state: RunState): state is InState<'finished' | 'failed'> {
  return state.name === 'finished' || state.name === 'failed';
}

/** What the run's generation has reported; null: there was none yet. */
export function trainingIn(state: RunState): Training | null {
  switch (state.name) {
    case 'gathering':
    case 'preparing':
      return null;
    case 'connecting':
    case 'training':
    case 'draining':
    case 'halting':
    case 'saving':
    case 'finished':
    case 'failed':
      return state.training;
  }
}
