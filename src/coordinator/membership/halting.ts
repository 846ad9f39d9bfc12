import { EXIT } from '../../shared/errors.ts';
import { again } from './again.ts';
import { endIfComplete } from './complete.ts';
import { endIfEarly } from './early.ts';
import { rescue } from './ending.ts';
import { evict } from './evict.ts';
import { giveUp, lose } from './losing.ts';
import type { Member } from './member.ts';
import { type Aim, type InPhase, isSeatedIn } from './model.ts';
import { tryAgain } from './outcome.ts';
import { askForLife } from './probing.ts';
import { settle } from './settle.ts';
import { halt } from './halt.ts';
import { type Turn, waiting } from './turn.ts';

/** Has said which step it holds. */
const standsStill = ({ state }: Member): boolean => state.name === 'halted';

/** Somebody that stands still holds what all have committed. */
function isTold({ seats, facts }: Turn): boolean {
  return seats.some(({ state }) => state.name === 'halted' && state.answer.step >= facts.complete);
}

export function draining(turn: Turn, phase: InPhase<'draining'>): void {
  if (endIfEarly(turn) || endIfComplete(turn)) return;
  askForLife(turn);
  const { seats, now } = turn;
  const settled = (member: Member): boolean => standsStill(member) || member.state.name === 'done';
  if (seats.every(settled)) {
    // Through with the plan, all but those that stopped a step before, which cannot be; they say what they hold.
    if (seats.some(({ state }) => state.name === 'done')) return halt(turn, phase.aim, 'the plan is complete');
    return conclude(turn, phase.aim, phase.because, phase.admits);
  }
  if (now < phase.until) return;
  turn.set({ hurried: turn.facts.newest });
  halt(turn, phase.aim, `${phase.because}, and the running step takes too long`);
}

export function halting(turn: Turn, phase: InPhase<'halting'>): void {
  if (endIfEarly(turn)) return;
  const { model, now } = turn;
  const { aim, because } = phase;
  // Among thousands that have not answered, one is enough to wait for; the last one tends to be the last to answer.
  const isAwaited = (member: Member): boolean => !standsStill(member) && isSeatedIn(model.generation, member.id);
  if (now < phase.until && model.members.findLast(isAwaited) !== undefined) return;
  const silent = turn.seats.filter((member) => !standsStill(member));
  if (aim.to === 'end') {
    // Nobody has told of the newest state yet, and somebody may: a machine that is busy takes its time. `leaveOrWait` ends that.
    if (turn.model.stopping !== null && silent.some(({ link }) => link !== null) && !isTold(turn)) return;
    return rescue(turn, aim.outcome);
  }
  if (phase.stalledMs !== null) return afterStall(turn, phase, silent);
  for (const member of silent) giveUp(turn, member, `${member.name} did not answer: ${because}`);
  const whole = turn.seats.length === turn.model.generation?.members.length;
  if (!whole || phase.named.length === 0) return conclude(turn, aim, because, []);
  if (again(turn)) return rescue(turn, tryAgain('PEER_LOST', because));
  conclude(turn, aim, because, []);
}

function conclude(turn: Turn, aim: Aim, because: string, admits: readonly string[]): void {
  if (aim.to === 'end') rescue(turn, aim.outcome);
  else settle(turn, because, admits);
}

/** Nothing was heard of anybody: what they answered to `halt` says who is to blame. */
function afterStall(turn: Turn, phase: InPhase<'halting'>, silent: readonly Member[]): void {
  const { facts, model, seats } = turn;
  const answered = seats.filter(standsStill);
  const isBusy = ({ state }: Member) => state.name === 'halted' && state.answer.engineBusy === true;
  const { again: before } = model;
  const decision = evict({
    step: facts.complete,
    ms: phase.stalledMs!,
    silent: waiting(silent),
    busy: waiting(answered.filter(isBusy)),
    idle: answered.filter((member) => !isBusy(member)).length,
    behind: facts.behind,
    times: before.step === facts.complete ? before.times : 0,
  });
  if (decision.evict === null) {
    if (again(turn)) return rescue(turn, tryAgain('STALLED', decision.why));
    return settle(turn, decision.why);
  }
  for (const { id } of decision.evict) {
    const member = turn.member(id);
    if (member === undefined) continue;
    if (standsStill(member)) sendAway(turn, member, decision.why);
    else giveUp(turn, member, decision.why);
  }
  settle(turn, decision.why);
}

/** Its engine hangs, and would again: its process has to end. */
function sendAway(turn: Turn, { id, link }: Member, why: string): void {
  const dead = { exitCode: EXIT.tryAgain, code: 'STALLED' } as const;
  lose(turn, id, why, { ...dead, why, cause: 'stalled' });
  if (link !== null) turn.do({ type: 'dismiss', link, ...dead, message: why, close: 'unresponsive' });
}
