import type { Facts, Terms } from './facts.ts';
import { giveUp } from './losing.ts';
import type { Member } from './member.ts';
import { isSeatedIn, type RunModel } from './model.ts';
import { suspectAfter } from './patience.ts';
import { type Turn, waiting } from './turn.ts';
import * as verdicts from './verdicts.ts';

/**
 * When the members are next asked for a sign of life, as nothing is heard of the step that they are at; null: they have been, or
 * there is nothing to hear of. One that computes for long, or waits for samples, answers at once; one that stands still, or whose
 * packets vanish, does not, and the others need not wait for it until the step counts as stalled.
 */
export function probeAt({ phase, probe }: RunModel, facts: Facts, { deadlines }: Terms): number | null {
  const since = waitsSince(phase);
  if (since === null || isOpen(probe, facts)) return null;
  return Math.max(facts.lastHeard, since, probe?.at ?? since) + suspectAfter(facts.pace, deadlines);
}

/** They were asked, and not all have answered. */
export function isOpen(probe: RunModel['probe'], { lastHeard }: Pick<Facts, 'lastHeard'>): boolean {
  return probe !== null && probe.pending.length > 0 && lastHeard <= probe.at;
}

function waitsSince(phase: RunModel['phase']): number | null {
  switch (phase.name) {
    case 'connecting':
      return phase.announced ? phase.since : null;
    case 'training':
      return Number.NEGATIVE_INFINITY;
    case 'draining':
      return phase.aim.to === 'recover' ? Number.NEGATIVE_INFINITY : null;
    case 'gathering':
    case 'preparing':
    case 'rewinding':
    case 'returning':
    case 'halting':
    case 'agreeing':
    case 'waiting':
    case 'saving':
    case 'finished':
      return null;
  }
}

/** Asks them where it is time to. */
export function askForLife(turn: Turn): void {
  const { model, facts, terms, now } = turn;
  const at = probeAt(model, facts, terms);
  if (at === null || now < at) return;
  const asked = turn.seats.filter(canAnswer);
  const pending = asked.map(({ id }) => id);
  turn.set({ probe: { at: now, pending, silent: [], answered: 0 } });
  // Who would be alone is asked by nobody: there is nobody to go on without it.
  if (asked.length < 2) return turn.set({ probe: { at: now, pending: [], silent: [], answered: 0 } });
  for (const of of pending) turn.do({ type: 'probe', of, withinMs: terms.deadlines.answer });
}

const canAnswer = ({ link, state }: Member): boolean =>
  link !== null && (state.name === 'training' || state.name === 'seated');

/** A member has given a sign of life, or has not. Once all are heard of, those that are silent are gone, unless all of them are. */
export function probed(turn: Turn, from: string, answers: boolean | null): void {
  const { probe: before } = turn.model;
  if (before === null || !before.pending.includes(from)) return;
  const after = {
    at: before.at,
    pending: before.pending.filter((id) => id !== from),
    silent: answers === false ? [...before.silent, from] : before.silent,
    answered: before.answered + Number(answers === true),
  };
  turn.set({ probe: after });
  if (after.pending.length > 0 || after.answered === 0 || after.silent.length === 0) return;
  const { facts, now, model } = turn;
  // Somebody was heard of meanwhile, or all stand still for something else.
  if (facts.lastHeard > after.at || waitsSince(turn.phase) === null) return;
  const silent = turn.seats.filter((member) => after.silent.includes(member.id) && canAnswer(member));
  const why = verdicts.stalled(
    facts.complete,
    { silent: waiting(silent), busy: [], behind: [] },
    now - facts.lastHeard,
  );
  for (const member of silent) if (isSeatedIn(model.generation, member.id)) giveUp(turn, member, why);
}
