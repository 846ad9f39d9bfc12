import type { Outcome } from './outcome.ts';

/** Where a run stands. `Run` has the one setter, which logs every change. */
export type RunState =
  /** Fewer workers than wanted have said hello. */
  | { readonly name: 'gathering' }
  /** All wanted workers are here; some still compile, allocate, or receive the checkpoint. */
  | { readonly name: 'preparing' }
  /** The generation is announced; its members connect to each other. */
  | { readonly name: 'connecting' }
  /** Steps are committed, evaluations and checkpoints come in. */
  | { readonly name: 'training' }
  /** Interrupted: everybody commits the running step, rank 0 sends a checkpoint, all say `done`. */
  | { readonly name: 'draining'; readonly outcome: Outcome }
  /** The running step was dropped; the members say which step they have committed. */
  | { readonly name: 'halting'; readonly outcome: Outcome }
  /** The last checkpoint is on its way here, or to the disk. `from`: the worker that was asked for it. */
  | { readonly name: 'saving'; readonly outcome: Outcome; readonly from: string | null }
  /** The end, as it should be or on request: the workers are told to leave. */
  | { readonly name: 'finished'; readonly outcome: Outcome }
  /** The end, with an error: the workers are told to leave. */
  | { readonly name: 'failed'; readonly outcome: Outcome };

export type RunStateName = RunState['name'];

/** Nothing that happens afterwards changes the outcome. */
export function isOver(state: RunState): state is Extract<RunState, { name: 'finished' | 'failed' }> {
  return state.name === 'finished' || state.name === 'failed';
}
