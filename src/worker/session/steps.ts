import { totalSteps } from '../../shared/plan/schedule.ts';
import { type AfterCommit, afterCommit } from './after-commit.ts';
import { type Decision, enter, followedBy, leave, stay } from './decision.ts';
import type { SessionEffect } from './effect.ts';
import type { EventOf } from './event.ts';
import type { ModelIn, SessionModel } from './model.ts';
import type { Announcement, HeldStep, SessionState } from './state.ts';
import { DONE } from './verdicts.ts';

export function committed(model: ModelIn<'training' | 'draining'>, event: EventOf<'committed'>): Decision {
  const { seat } = model.state;
  const { generation, rank } = seat;
  if (event.generation !== generation) return stay(model);
  const { step } = event;
  const after = afterCommit(model.run!.plan, step + 1, event.stop);
  const moved: SessionModel = { ...model, committed: step + 1, evaluating: after.evaluate ? step + 1 : null };
  const report: SessionEffect = { do: 'report', generation };
  if (after.stopped) return drained(moved, seat, step, report);
  const held: HeldStep = { step, next: after };
  if (!after.upload) return goOn(moved, seat, held, report);
  if (rank !== 0) return goOn(moved, seat, held, report, { do: 'digests', generation });
  // Where checkpoints come faster than the coordinator takes them, training waits here.
  return enter(moved, { ...model.state, held }, '', report, { do: 'awaitRoom', generation, step });
}

export function room(model: ModelIn<'training' | 'draining'>, { step }: EventOf<'room'>): Decision {
  const { held, seat } = model.state;
  const { generation } = seat;
  return held?.step === step ? goOn(model, seat, held, { do: 'checkpoint', generation }) : lateRoom(model, { step });
}

/** The generation has ended meanwhile. What was due is sent all the same, while it is there: nobody may ask for it again. */
export function lateRoom(model: SessionModel, { step }: { readonly step: number }): Decision {
  const isThere = model.run !== null && model.committed === step + 1;
  return isThere ? stay(model, { do: 'upload' }) : stay(model);
}

/**
 * First the engine, which waits for it; then the coordinator, which does not. What is committed may be hashed and copied while the
 * engine computes with it: nothing is written there before the next commit, which does not come meanwhile.
 */
function goOn(
  model: SessionModel,
  seat: Announcement,
  { step, next: after }: HeldStep,
  ...then: readonly SessionEffect[]
): Decision {
  const effects: readonly SessionEffect[] = [
    { do: 'goOn', step, evaluate: after.evaluate, last: isLast(after) },
    ...then,
  ];
  if (after.complete) return finish(model, seat, effects);
  const { state } = model;
  const name = state.name === 'draining' ? 'draining' : 'training';
  return enter(model, { name, seat, held: null }, '', ...effects);
}

function isLast({ complete, stopped }: AfterCommit): boolean {
  return complete || stopped;
}

/** All members stop after this step, and all answer as to a halt. */
function drained(model: SessionModel, seat: Announcement, step: number, report: SessionEffect): Decision {
  const { generation } = seat;
  return enter(
    { ...model, stint: model.stint + 1 },
    { name: 'halted', generation, engineBusy: false },
    `all stop after step ${step}`,
    report,
    { do: 'goOn', step, evaluate: false, last: true },
    { do: 'endGeneration' },
    { do: 'answer', generation, engineBusy: false, afterGiving: true },
  );
}

export function finish(model: SessionModel, seat: Announcement, effects: readonly SessionEffect[]): Decision {
  const finishing: SessionState = { name: 'finishing', seat, uploaded: false };
  return enter(model, finishing, 'the plan is complete', ...effects, { do: 'awaitUploads' });
}

export function evaluated(model: SessionModel, { step, chunks }: EventOf<'evaluated'>): Decision {
  const { state, evaluating } = model;
  if (step !== evaluating || !('seat' in state)) return stay(model);
  const effect: SessionEffect = { do: 'reportEvaluation', generation: state.seat.generation, step, chunks };
  return doneIfComplete(stay({ ...model, evaluating: null }, effect));
}

export function doneIfComplete(decision: Decision): Decision {
  const { model } = decision;
  const { state, evaluating, committed: step } = model;
  if (state.name !== 'finishing' || !state.uploaded || evaluating !== null) return decision;
  const done: SessionEffect = { do: 'send', message: { type: 'done', step, stopped: false } };
  const { seat } = state;
  return leaveIfRecorded(followedBy({ ...decision, model: { ...model, state: { name: 'done', seat } } }, done));
}

/** The coordinator is gone, and knows all that there is to know: nobody misses this worker. */
function leaveIfRecorded(decision: Decision): Decision {
  const { model } = decision;
  if (model.state.name !== 'done' || model.link !== 'down' || !isRecorded(model)) return decision;
  const left = leave(model, DONE);
  return { ...left, effects: [...decision.effects, ...left.effects] };
}

export function isRecorded({ run, recorded: { steps, evaluated: evaluation, saved } }: SessionModel): boolean {
  const total = totalSteps(run!.plan);
  const evaluates = run!.assignment.dataset.validationSamples > 0;
  return steps >= total && saved >= total && (!evaluates || evaluation >= total);
}

export function drain(model: ModelIn<'training'>): Decision {
  return enter(model, { ...model.state, name: 'draining' }, 'the running step is the last one', { do: 'stop' });
}
