import { dueAfter, type TrainingPlan, totalSteps } from '../../shared/plan/schedule.ts';

/** What a worker does between the commit of a step and the next step. The same at all workers. */
export interface AfterCommit {
  readonly evaluate: boolean;
  /** Digests are compared and the state is sent. */
  readonly upload: boolean;
  /** The plan is complete: no step follows. */
  readonly complete: boolean;
  /** There would have been more steps, but somebody asked to stop: the generation has ended. */
  readonly stopped: boolean;
}

/**
 * A stop before the end of the plan leaves out what is due: all answer the stop at once, and the coordinator, which knows
 * what for it was, saves the state or asks the next generation to make up for it.
 */
export function afterCommit(plan: TrainingPlan, committed: number, stop: boolean): AfterCommit {
  const due = dueAfter(plan, committed);
  const complete = committed >= totalSteps(plan);
  const stopped = stop && !complete;
  return { evaluate: due.evaluate && !stopped, upload: due.upload && !stopped, complete, stopped };
}
