import { endIfEarly } from './early.ts';
import { flush, rescue } from './ending.ts';
import { halt } from './halt.ts';
import { ask, heal, outrun } from './healing.ts';
import { afterHold, isHeld, whyHeld } from './holding.ts';
import { lose, loseAbsent, lostFor } from './losing.ts';
import { letGo } from './letting-go.ts';
import type { Member, Ready } from './member.ts';
import { type InPhase, isSeatedIn } from './model.ts';
import { tryAgain } from './outcome.ts';
import { seatAll } from './seats.ts';
import { endIfHopeless, inherit, toCheckpoint } from './settle.ts';
import { type Turn, waiting as named } from './turn.ts';
import * as verdicts from './verdicts.ts';
import { isOrAre, plural } from '../../shared/plural.ts';

/** All stand still, and the state of `target` steps is the run's. */
export function agreeing(turn: Turn, phase: InPhase<'agreeing'>): void {
  if (endIfEarly(turn)) return;
  const { target, admits, because } = phase;
  const holders = holdersOf(turn, target);
  if (holders.length === 0) return holdersGone(turn, target);
  const { now, terms } = turn;
  bringUp(
    turn,
    target,
    holders,
    (member) => isSeatedIn(turn.model.generation, member.id) || admits.includes(member.id),
  );
  const pending = turn.linked.filter(
    ({ id, state }) =>
      (state.name === 'healing' || state.name === 'healed') &&
      (admits.includes(id) || isSeatedIn(turn.model.generation, id)),
  );
  if (pending.length > 0 && now < patienceOf(turn, phase, pending)) return;
  for (const member of pending) {
    if (!isSeatedIn(turn.model.generation, member.id)) continue;
    const reason = `it took no state of the others for ${terms.deadlines.heal / 1000} s`;
    lose(turn, member.id, reason, lostFor(member, reason, 'unresponsive'));
    if (member.link !== null) turn.do({ type: 'close', link: member.link, close: 'unresponsive', reason });
  }
  goOn(turn, target, because);
}

/** The same, with too few workers. */
export function waiting(turn: Turn, phase: InPhase<'waiting'>): void {
  const { target, because } = phase;
  const { now, terms } = turn;
  const holders = holdersOf(turn, target);
  if (holders.length === 0) return holdersGone(turn, target);
  const need = terms.workers.min ?? 1;
  bringUp(turn, target, holders, () => true);
  const held = isHeld(turn, phase);
  if (held) {
    if (phase.parkAt !== null && now >= phase.parkAt) park(turn, phase, holders);
    // Whoever wants to leave need not wait for the others.
    if (holders.some(({ leaving }) => leaving)) goOn(turn, target, because);
    return;
  }
  if (holders.filter(({ leaving }) => !leaving).length >= need) return goOn(turn, target, afterHold(because));
  if (endIfHopeless(turn)) return;
  if (now >= phase.until) {
    const sentence = verdicts.neverCame(named(turn.linked), need, {
      url: terms.url,
      ms: terms.deadlines.gather,
      deaths: turn.model.deaths,
    });
    return rescue(turn, tryAgain('WORKERS_MISSING', sentence));
  }
  if (now >= phase.remindAt) {
    turn.stay({ ...phase, remindAt: now + terms.deadlines.remind });
    turn.warn(verdicts.stillShort(named(holders), need, target, terms.url));
  } else if (phase.parkAt !== null && now >= phase.parkAt) {
    park(turn, phase, holders);
  }
}

/** Has the state saved while nobody trains. */
function park(turn: Turn, phase: InPhase<'waiting'>, [first]: readonly Member[]): void {
  turn.stay({ ...phase, parkAt: null });
  if (first === undefined || phase.target <= turn.facts.handedOver) return;
  turn.do({ type: 'save-all' });
  turn.send(first.id, { type: 'upload' });
}

function holdersOf({ linked }: Turn, target: number): readonly Member[] {
  return linked.filter(({ state }) => state.name === 'halted' && state.answer.step === target);
}

/** Nobody that is connected holds it. */
function holdersGone(turn: Turn, target: number): void {
  const back = turn.model.members.some(
    ({ state }) => state.name === 'away' && state.before.name === 'halted' && turn.now < state.until,
  );
  const asked = turn.linked.some(({ state }) => state.name === 'healed' && state.step === target);
  if (back || asked) return;
  const why = `nobody is left that holds ${plural(target, 'step')}`;
  // The others go on from what they hold; nothing of what came after it is on record yet, unless the run has waited.
  const others = turn.seats.some(({ link }) => link !== null);
  if (others && turn.facts.complete < target) return halt(turn, { to: 'recover' }, why);
  inherit(turn, why, why);
}

/** Lets those for whom it is `wanted` have the state, and asks them for its digests once they have. */
function bringUp(turn: Turn, target: number, holders: readonly Member[], wanted: (member: Member) => boolean): void {
  for (const { id } of turn.linked) {
    // As it is now: it may have been healed by one that was given the state just before.
    const member = turn.member(id)!;
    const { state } = member;
    if (!wanted(member)) continue;
    if (state.name === 'ready' && holds(state.ready, target, holders) && !isSeatedIn(turn.model.generation, id)) {
      ask(turn, member, target);
    } else if (state.name === 'ready' || (state.name === 'halted' && state.answer.step < target)) {
      heal(turn, id, holders, false);
    } else if (state.name === 'healing' && state.step === target) ask(turn, member, target);
    else if (outrun(turn, member, target)) heal(turn, id, holders, false);
  }
}

/** Before the first step a worker that is to be healed stands at it, too, but holds nothing. */
function holds({ step, weightsDigest }: Ready, target: number, holders: readonly Member[]): boolean {
  const [holder] = holders;
  return step === target && holder?.state.name === 'halted' && holder.state.answer.weightsDigest === weightsDigest;
}

/** Members are waited for as long as they get on, those that shall become some for a moment. */
function patienceOf(turn: Turn, phase: InPhase<'agreeing'>, pending: readonly Member[]): number {
  const { heal: patience, admit } = turn.terms.deadlines;
  const began = phase.until - patience;
  const seats = pending.filter(({ id }) => isSeatedIn(turn.model.generation, id));
  if (seats.length === 0) return began + admit;
  const heard = seats.map(({ state }) => (state.name === 'healing' ? state.heard : began));
  return Math.max(phase.until, ...heard.map((at) => at + patience));
}

/** With all that hold the state, if they are enough. */
function goOn(turn: Turn, target: number, because: string): void {
  const { terms, facts, now } = turn;
  turn.do({ type: 'adopt', steps: target });
  const holders = holdersOf(turn, target);
  const staying = holders.filter(({ leaving }) => !leaving);
  // Whoever leaves holds what nobody else does; or the record has steps that nobody holds any more, and goes back to what is saved.
  if (holders.length > 0 && (staying.length === 0 || target < facts.complete)) return rescue(turn, null);
  const lost = facts.lostEvaluation(target);
  if (lost !== null) {
    return toCheckpoint(turn, `the evaluation after step ${lost} was lost, and --patience goes by all of them`);
  }
  for (const member of turn.linked) if (member.leaving && member.state.name === 'halted') letGo(turn, member);
  const { evaluate, checkpoint } = facts.owed(target);
  if (target >= terms.total && !evaluate && !checkpoint) {
    // Its checkpoint may be here and wait for the word of a member that was lost.
    turn.do({ type: 'save-all' });
    return flush(turn, { status: 'done' });
  }
  const { hold } = turn.model;
  if (hold === null && staying.length >= (terms.workers.min ?? 1)) {
    for (const member of turn.seats) if (member.link === null) loseAbsent(turn, member);
    return seatAll(turn, staying, target, because);
  }
  if ((hold === null && endIfHopeless(turn)) || turn.phase.name === 'waiting') return;
  const { gather, remind, parking } = terms.deadlines;
  turn.enter(
    {
      name: 'waiting',
      target,
      since: now,
      until: now + gather,
      remindAt: now + remind,
      parkAt: hold === null ? now + parking : now,
      because,
    },
    hold === null
      ? `${staying.length} of at least ${plural(terms.workers.min ?? 1, 'worker')} ${isOrAre(terms.workers.min ?? 1)} here`
      : whyHeld(hold),
  );
  if (hold !== null) return turn.do({ type: 'pause' });
  turn.warn(verdicts.stillShort(named(staying), terms.workers.min ?? 1, target, terms.url));
}
