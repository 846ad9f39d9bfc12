import { ARRIVING_MS, finish, LOOK_AGAIN_MS, rescue } from './ending.ts';
import { howToStop } from './patience.ts';
import { drain, halt } from './halt.ts';
import { toCheckpoint } from './settle.ts';
import type { Turn } from './turn.ts';

/** Ctrl-C: the first ends the run with a checkpoint, a second one at once. */
export function interrupt(turn: Turn, reason: string): void {
  const { phase, model, now, terms, facts } = turn;
  const outcome = { status: 'interrupted', reason } as const;
  if (phase.name === 'finished') return;
  if (model.stopping !== null || (phase.name === 'saving' && phase.outcome !== null)) {
    return finish(turn, 'outcome' in phase && phase.outcome !== null ? phase.outcome : (outcomeOf(turn) ?? outcome));
  }
  const ending = outcomeOf(turn);
  if (ending !== null) return finish(turn, ending);
  turn.tell({ type: 'stopping', reason });
  turn.set({ stopping: { reason, began: now, lookAt: now + terms.deadlines.interrupt } });
  const aim = { to: 'end', outcome } as const;
  switch (phase.name) {
    case 'gathering':
    case 'preparing':
      return finish(turn, outcome);
    case 'rewinding':
      // In a moment; the run ends then.
      return;
    case 'returning':
      if (turn.seats.some(({ state }) => state.name !== 'away')) return halt(turn, aim, reason);
      if (!terms.workersLiveOn) return toCheckpoint(turn, reason);
      // They may train on, and hold more than the newest checkpoint.
      turn.warn(
        'No worker had come back yet: the record stays as it is, for whoever goes on with the run to find them.',
      );
      return finish(turn, { ...outcome, asFound: true });
    case 'halting':
      return halt(turn, aim, reason);
    case 'connecting':
      if (!model.begun && model.base.step === model.generation?.firstStep) return finish(turn, outcome);
      if (phase.announced) return halt(turn, aim, reason);
      return rescue(turn, outcome);
    case 'training': {
      const { by, why } = howToStop(facts.recentStepMs, terms.deadlines);
      if (by === 'halt') return halt(turn, aim, why);
      return drain(turn, aim, why);
    }
    case 'draining':
      return halt(turn, aim, reason);
    case 'agreeing':
    case 'waiting':
    case 'saving':
      return rescue(turn, outcome);
  }
}

/** How the run ends that is about to; null: it is not. */
function outcomeOf({ phase }: Turn) {
  switch (phase.name) {
    case 'draining':
    case 'halting':
      return phase.aim.to === 'end' ? phase.aim.outcome : null;
    case 'saving':
      return phase.outcome;
    case 'gathering':
    case 'preparing':
    case 'rewinding':
    case 'returning':
    case 'connecting':
    case 'training':
    case 'agreeing':
    case 'waiting':
    case 'finished':
      return null;
  }
}

/** Ends within the time that a person waits, whatever the workers do, unless a checkpoint is just arriving. */
export function leaveOrWait(turn: Turn): void {
  const { model, now, terms } = turn;
  const { stopping, phase } = model;
  if (stopping === null || now < stopping.lookAt) return;
  if (phase.name === 'halting' && phase.aim.to === 'end') {
    // Of those who have answered somebody may hold at least more than the disk does.
    rescue(turn, phase.aim.outcome);
    turn.set({ stopping: { ...stopping, lookAt: now + LOOK_AGAIN_MS } });
    return;
  }
  if (isArriving(turn) && now - stopping.began < terms.deadlines.interruptAtMost) {
    turn.set({ stopping: { ...stopping, lookAt: now + LOOK_AGAIN_MS } });
    return;
  }
  turn.warn('Leaving before a checkpoint of the newest step was complete.');
  finish(turn, outcomeOf(turn) ?? { status: 'interrupted', reason: stopping.reason });
}

/** A part of a checkpoint has just come, or one was just asked for. */
function isArriving({ phase, now, facts, terms }: Turn): boolean {
  const { uploadPart } = terms.deadlines;
  const sign = phase.name === 'saving' && phase.from !== null && phase.until !== null ? phase.until - uploadPart : 0;
  return now - Math.max(facts.lastPart, sign) < ARRIVING_MS;
}
