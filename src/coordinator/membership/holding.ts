import type { Hold, InPhase } from './model.ts';
import type { Turn } from './turn.ts';

/** A person wants all to stand still after a committed step, with their state saved, or lets them go on. */
export function hold(turn: Turn, wanted: Hold | null): void {
  const { phase, now, model, terms } = turn;
  if (model.hold === wanted || (wanted === 'save' && model.hold === 'pause')) return;
  turn.set({ hold: wanted });
  if (wanted === 'pause') turn.tell({ type: 'paused' });
  else if (model.hold === 'pause') turn.tell({ type: 'unpaused' });
  if (phase.name !== 'waiting') return;
  const { gather, remind } = terms.deadlines;
  // Nobody has waited for workers while the run was held.
  if (wanted === null) turn.stay({ ...phase, since: now, until: now + gather, remindAt: now + remind });
  else turn.stay({ ...phase, parkAt: now });
}

/** Why all are to stand still. */
export function whyHeld(wanted: Hold): string {
  return wanted === 'pause' ? 'the run is paused' : 'a checkpoint was asked for';
}

/** Why all go on, where they stood still for `because`. */
export function afterHold(because: string): string {
  if (because === whyHeld('pause')) return 'the pause is over';
  return because === whyHeld('save') ? 'its state was to be saved' : because;
}

/** Whether a run that stands still is to do so for now. One that is held only to be saved goes on once it is, or cannot be. */
export function isHeld(turn: Turn, phase: InPhase<'waiting'>): boolean {
  const { model, facts, now, terms } = turn;
  if (model.hold === null) return false;
  if (model.hold === 'pause') return true;
  if (facts.handedOver >= phase.target) {
    turn.set({ hold: null });
    return false;
  }
  // As long as parts of it come.
  const { uploadPart } = terms.deadlines;
  if (now < Math.max(phase.since, facts.lastPart) + uploadPart) return true;
  turn.warn(`The checkpoint of step ${phase.target} that was asked for did not come.`);
  turn.set({ hold: null });
  return false;
}
