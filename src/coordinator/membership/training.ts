import { endIfComplete } from './complete.ts';
import { backIfLost, endIfEarly } from './early.ts';
import { heal, heldBy, outrun } from './healing.ts';
import { whyHeld } from './holding.ts';
import { lose, lostFor } from './losing.ts';
import { type InPhase, isBlameless } from './model.ts';
import { askForLife, isOpen } from './probing.ts';
import { missedAfter, stallAfter } from './patience.ts';
import { drain, halt } from './halt.ts';
import { dealtAt, share } from './share.ts';
import { type Turn, waiting } from './turn.ts';
import * as verdicts from './verdicts.ts';

/** A worker that is healed is let in when it is no further behind. */
const NEAR = 1;

export function training(turn: Turn, phase: InPhase<'training'>): void {
  if (turn.seats.length === 0) return halt(turn, { to: 'recover' }, 'nobody is left');
  if (endIfEarly(turn) || endIfComplete(turn) || backIfLost(turn)) return;
  const { facts, terms, now } = turn;
  if (missAway(turn)) return;
  if (remind(turn, phase)) return;
  askForLife(turn);
  const patience = stallAfter(facts.pace, terms.deadlines, isBlameless(turn.model, facts));
  if (
    now >= facts.lastHeard + patience &&
    !isOpen(turn.model.probe, facts) &&
    turn.seats.some(({ link }) => link !== null)
  ) {
    return halt(turn, { to: 'recover' }, `nothing was heard for ${Math.round(patience) / 1000} s`, {
      stalledMs: patience,
    });
  }
  const { hold } = turn.model;
  if (hold !== null) return drain(turn, { to: 'recover' }, whyHeld(hold), near(turn));
  const leaver = turn.seats.find(({ leaving, state }) => leaving && state.name === 'training');
  if (leaver !== undefined) return drain(turn, { to: 'recover' }, `${leaver.name} wants to leave`, near(turn));
  feed(turn);
  // Where the running step could not be waited for, one is committed before it is made the last one by choice again.
  if (facts.newest === turn.model.hurried) return;
  admit(turn, phase);
  if (turn.phase === phase) balance(turn);
}

/** Gives up members whose connection broke too long ago, or for which the others seem to wait. Returns whether there was one. */
function missAway(turn: Turn): boolean {
  const { facts, terms, now } = turn;
  const others = turn.seats.some(({ state }) => state.name === 'training');
  for (const member of turn.seats) {
    const { state } = member;
    if (state.name !== 'away' || state.before.name === 'done') continue;
    const missed = others && now - facts.lastHeard >= missedAfter(facts.pace, terms.deadlines);
    const late =
      now >= state.until && (others || turn.joiners.length > 0 || now >= state.since + terms.deadlines.gather);
    if (!missed && !late) continue;
    const reason = missed ? `${state.why}, and nobody commits any more` : `${state.why}, and it did not come back`;
    lose(turn, member.id, reason, lostFor(member, reason));
    return true;
  }
  return false;
}

/** Says now and then that nobody is left who tells anything: whether they live is not known. Returns whether it did, or is about to. */
function remind(turn: Turn, phase: InPhase<'training'>): boolean {
  const { now, terms, seats } = turn;
  const away = seats.every(({ state }) => state.name === 'away');
  const due = phase.remindAt !== null && now >= phase.remindAt;
  if (away && due) turn.warn(verdicts.allAway(waiting(seats), turn.facts.handedOver, terms.url));
  const remindAt = away ? (due || phase.remindAt === null ? now + terms.deadlines.remind : phase.remindAt) : null;
  if (remindAt === phase.remindAt) return false;
  turn.stay({ ...phase, remindAt });
  return true;
}

/** Lets workers without a seat be healed, as many as there are seats for. */
function feed(turn: Turn): void {
  for (const member of turn.joiners) outrun(turn, member, turn.facts.newest);
  const { seats, joiners, terms } = turn;
  const sources = seats.filter(({ state, leaving }) => state.name === 'training' && !leaving);
  let free = terms.workers.max - seats.length - joiners.filter(({ state }) => state.name === 'healing').length;
  for (const { id, state, leaving } of joiners) {
    if (free <= 0 || leaving || (state.name !== 'ready' && state.name !== 'halted')) continue;
    heal(turn, id, sources, true);
    free--;
  }
}

/** Of the workers that are being healed those that are about to hold what the members hold. */
function near(turn: Turn): readonly string[] {
  return turn.joiners
    .filter((member) => member.state.name === 'healing' && (heldBy(member) ?? -1) >= turn.facts.newest - NEAR)
    .map(({ id }) => id);
}

function admit(turn: Turn, phase: InPhase<'training'>): void {
  const { facts, terms, now } = turn;
  const ids = near(turn);
  // Of the last steps nothing is left to share.
  if (ids.length === 0 || facts.newest + NEAR >= terms.total) return;
  const others = turn.joiners.some(({ id, state }) => state.name === 'healing' && !ids.includes(id));
  const admitAt = phase.admitAt ?? (others ? now + terms.deadlines.together : now);
  if (now < admitAt) {
    // Only once: another phase is looked at anew.
    if (phase.admitAt === null) turn.stay({ ...phase, admitAt });
    return;
  }
  const names = ids.map((id) => turn.nameOf(id)).join(', ');
  drain(turn, { to: 'recover' }, `${names} ${ids.length === 1 ? 'is' : 'are'} healed`, ids);
}

/** Deals microbatches anew where one member makes the others wait. */
function balance(turn: Turn): void {
  const { facts, terms, now, model, seats } = turn;
  const { generation, dealing } = model;
  if (generation === null || !seats.every(({ state }) => state.name === 'training')) return;
  const members = generation.members.map(({ id, name }, rank) => {
    const { start, end } = generation.microbatches[rank]!;
    return { id, name, held: end - start };
  });
  const stepsLeft = terms.total - facts.newest;
  const { deal, why } = share({ members, observed: facts.observed, stepsLeft, last: dealing }, now);
  if (deal === null) return;
  turn.set({ dealing: dealtAt(dealing, now) });
  // Dealt is where they are seated, by the same speeds.
  drain(turn, { to: 'recover' }, why, near(turn));
}
