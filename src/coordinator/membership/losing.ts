import { EXIT } from '../../shared/errors.ts';
import { type Closed, describeClosed } from '../../shared/link/channel.ts';
import { type Death, died, explained, isBarred, lives } from './crash-loop.ts';
import { cease, sourceGone } from './healing.ts';
import type { Member, Message, Settled } from './member.ts';
import { isSeatedIn } from './model.ts';
import type { LossCause } from '../progress/events.ts';
import { failureOf } from './outcome.ts';
import { missedAfter } from './patience.ts';
import { halt } from './halt.ts';
import { survives } from './survive.ts';
import type { Turn } from './turn.ts';

/** By a name that somebody else chose: `constructor` is one, too. */
export function ownOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** It takes no part any more. `death`: what it died of; null: it left as it should. */
export function lose(turn: Turn, id: string, reason: string, death: Death | null): void {
  const member = turn.member(id);
  if (member === undefined) return;
  cease(turn, member);
  turn.remove(id);
  sourceGone(turn, id);
  turn.do({ type: 'forget', worker: id });
  if (death === null) turn.tell({ type: 'workerLeft', worker: member.name, reason });
  else turn.tell({ type: 'workerLost', worker: member.name, reason, cause: death.cause });
  if (death !== null) bury(turn, member, death);
  if (isSeatedIn(turn.model.generation, id)) seatLost(turn, member, reason);
}

/** The run goes on without it: it has not come back in time. */
export function loseAbsent(turn: Turn, member: Member): void {
  const before = member.state.name === 'away' ? `${member.state.why}, and ` : '';
  const reason = `${before}it did not come back`;
  lose(turn, member.id, reason, lostFor(member, reason));
}

/** It is not heard of: the run goes on without it. A process that was only stopped comes back, and is healed. */
export function giveUp(turn: Turn, { id, link }: Member, why: string): void {
  lose(turn, id, why, { exitCode: EXIT.tryAgain, code: 'NOT_ANSWERING', why, cause: 'unresponsive' });
  if (link !== null) turn.do({ type: 'close', link, close: 'unresponsive', reason: why });
}

/** Names that are remembered: who comes under another one each time would fill the memory. */
const MOST_DEATHS = 1_000;

/** Counts deaths in a row at the same step, by the name under which a worker comes back. */
function bury(turn: Turn, { hello }: Member, death: Death): void {
  const { givenUp } = turn.model;
  const step = turn.facts.complete;
  // Of those that died at another step the next death is a first one again, but for those that come no more.
  const others = Object.entries(turn.model.deaths).filter(
    ([name, one]) => name !== hello.name && (one.step === step || isBarred(one) || Object.hasOwn(givenUp, name)),
  );
  const one = died(ownOf(turn.model.deaths, hello.name), step, death);
  turn.set({ deaths: Object.fromEntries([...others, [hello.name, one] as const].slice(-MOST_DEATHS)) });
}

/** A process that was here before is here again: it was lost, and has not died. */
export function unbury(turn: Turn, name: string): void {
  const last = ownOf(turn.model.deaths, name);
  if (last === undefined) return;
  const { deaths, why } = lives(last);
  turn.log({ worker: name, lives: why });
  if (deaths === last) return;
  const others = Object.entries(turn.model.deaths).filter(([other]) => other !== name);
  turn.set({ deaths: Object.fromEntries(deaths === null ? others : [...others, [name, deaths] as const]) });
}

/** How the process of a worker ended says more than that its connection broke, which is told first. */
export function explainDeath(turn: Turn, name: string, why: string): void {
  const { deaths } = turn.model;
  const last = ownOf(deaths, name);
  if (last !== undefined) turn.set({ deaths: { ...deaths, [name]: explained(last, `${name}: ${why}`) } });
}

/** The others of its generation cannot go on without it. */
function seatLost(turn: Turn, { name, state }: Member, reason: string): void {
  const { phase } = turn;
  const because = `${name} was lost at step ${turn.facts.complete}: ${reason}`;
  switch (phase.name) {
    case 'connecting':
      if (phase.announced) halt(turn, { to: 'recover' }, because);
      return;
    case 'training':
      // Whoever is through has given all it had to give.
      if (state.name !== 'done') halt(turn, { to: 'recover' }, because);
      return;
    case 'draining':
      if (state.name !== 'done' && state.name !== 'halted') halt(turn, phase.aim, because);
      return;
    case 'gathering':
    case 'preparing':
    case 'rewinding':
    case 'returning':
    case 'halting':
    case 'agreeing':
    case 'waiting':
    case 'saving':
    case 'finished':
      return;
  }
}

/** The control connection of a member ended. */
export function closed(turn: Turn, link: number, how: Closed): void {
  const member = turn.model.members.find((one) => one.link === link);
  if (member === undefined) return;
  turn.change(member.id, { link: null });
  if (turn.phase.name === 'finished') return turn.remove(member.id);
  const reason = describeClosed(how);
  if (member.leaving) return lose(turn, member.id, 'it was asked to leave', null);
  if (!mayComeBack(turn, member, how)) return lose(turn, member.id, reason, lostFor(member, reason, causeOf(how)));
  const before = settledAs(member.state);
  if (before === null) return;
  const { now, terms } = turn;
  sourceGone(turn, member.id);
  turn.put(member.id, { name: 'away', before, since: now, until: now + terms.deadlines.away, why: reason });
  turn.tell({ type: 'workerAway', worker: member.name, reason });
  if (turn.phase.name === 'connecting') halt(turn, { to: 'recover' }, `${member.name} is away: ${reason}`);
}

/** What a member is when it comes back; null: then it holds nothing of use. */
function settledAs(state: Member['state']): Settled | null {
  if (state.name === 'seated') return { name: 'training', ready: state.ready };
  return state.name === 'training' || state.name === 'done' || state.name === 'halted' ? state : null;
}

function causeOf({ by, name }: Closed): LossCause {
  if (name === 'unresponsive') return 'unresponsive';
  return by === 'us' ? 'protocol' : 'connection';
}

export function lostFor({ name }: Pick<Member, 'name'>, reason: string, cause: LossCause = 'connection'): Death {
  return { exitCode: EXIT.tryAgain, code: 'WORKER_LOST', why: `${name}: ${reason}`, cause };
}

/** Whether only its control connection may have broken. */
function mayComeBack(turn: Turn, { id, state }: Member, how: Closed): boolean {
  const { phase, model, facts, terms, now } = turn;
  if (how.by !== 'network' && how.name !== 'unresponsive') return false;
  if (!isSeatedIn(model.generation, id) || settledAs(state) === null) return false;
  // Others are seated anew without it at once, if there are any.
  if (phase.name === 'connecting' && turn.seats.some((other) => other.id !== id && other.link !== null)) return false;
  if (phase.name === 'halting' && phase.named.includes(id)) return false;
  // Nobody waits for it: the run ends.
  if ((phase.name === 'halting' || phase.name === 'draining') && phase.aim.to === 'end') return false;
  if (phase.name === 'saving' && phase.outcome !== null) return false;
  // The others wait for something for long enough to think that it is this one.
  const others = turn.seats.some((other) => other.id !== id && other.link !== null && other.state.name === 'training');
  return !(phase.name === 'training' && others && now - facts.lastHeard >= missedAfter(facts.pace, terms.deadlines));
}

/** A worker says that it cannot go on. */
export function failed(turn: Turn, member: Member, message: Message<'failed'>): void {
  const error = failureOf(member.name, message);
  const { goesOn, why } = survives(message);
  const takesPart = isSeatedIn(turn.model.generation, member.id) && member.state.name !== 'done';
  const { phase } = turn;
  turn.log({ failed: member.name, code: message.code, goesOn, why });
  if (message.code === 'INTERRUPTED') return lose(turn, member.id, message.message, null);
  if (!takesPart || goesOn) {
    return lose(turn, member.id, message.message, {
      exitCode: error.exitCode,
      code: error.code,
      why: error.message,
      cause: 'failed',
    });
  }
  switch (phase.name) {
    case 'connecting':
    case 'training':
    case 'draining':
    case 'halting': {
      const ends = phase.name === 'draining' || phase.name === 'halting' ? phase.aim.to === 'end' : false;
      const aim = { to: 'end', outcome: { status: 'failed', error, resumable: true } } as const;
      const death = { exitCode: error.exitCode, code: error.code, why: error.message, cause: 'failed' } as const;
      lose(turn, member.id, message.message, death);
      if (!ends) halt(turn, aim, error.message);
      return;
    }
    case 'gathering':
    case 'preparing':
    case 'rewinding':
    case 'returning':
    case 'agreeing':
    case 'waiting':
    case 'saving':
    case 'finished':
      return lose(turn, member.id, message.message, {
        exitCode: error.exitCode,
        code: error.code,
        why: error.message,
        cause: 'failed',
      });
  }
}

/** Two members lost each other. `peer`: the one to which a connection broke; undefined: it is gone already. */
export function linkBroke(turn: Turn, sentence: string, peer: Member | undefined): void {
  const { phase } = turn;
  turn.log({ link: sentence });
  // Its control connection broke, too.
  const dead = peer?.state.name === 'away';
  switch (phase.name) {
    case 'connecting':
    case 'training':
    case 'draining': {
      if (phase.name === 'connecting' && !phase.announced) return;
      if (peer?.state.name === 'done') return;
      if (dead) return lose(turn, peer.id, sentence, lostFor(peer, sentence));
      const aim = phase.name === 'draining' ? phase.aim : ({ to: 'recover' } as const);
      return halt(turn, aim, sentence, { named: peer === undefined ? [] : [peer.id] });
    }
    case 'halting':
      if (peer === undefined) return;
      turn.stay({ ...phase, named: [...phase.named, peer.id] });
      if (dead) lose(turn, peer.id, sentence, lostFor(peer, sentence));
      return;
    case 'returning':
      if (dead && peer.state.name === 'away') lose(turn, peer.id, sentence, lostFor(peer, sentence));
      return;
    case 'gathering':
    case 'preparing':
    case 'rewinding':
    case 'agreeing':
    case 'waiting':
    case 'saving':
    case 'finished':
      return;
  }
}
