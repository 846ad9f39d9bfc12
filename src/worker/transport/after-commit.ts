import { dueAfter, type TrainingPlan, totalSteps } from '../../shared/plan/schedule.ts';

/** What a worker does between the commit of a step and the next step. The same at all workers. */
export interface AfterCommit {
  readonly evaluate: boolean;
  /** The state is sent. */
  readonly upload: boolean;
  /** No step follows. */
  readonly last: boolean;
  /** There would have been more steps, but somebody asked to stop. */
  readonly stopped: boolean;
}

/**
 * A stop before the end of the plan leaves a checkpoint and skips an evaluation that happens to be due: whoever pressed
 * Ctrl-C waits. The resumed run does not make up for it, so that stopping changes no weights, only the record of accuracies.
 */
export function afterCommit(plan: TrainingPlan, committed: number, stop: boolean): AfterCommit {
  const due = dueAfter(plan, committed);
  const complete = committed >= totalSteps(plan);
  const stopped = stop && !complete;
  return {
    evaluate: due.evaluate && !stopped,
    upload: due.upload || stopped,
    last: complete || stopped,
    stopped,
  };
}
