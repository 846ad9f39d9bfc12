import { EXIT } from '../../shared/errors.ts';
import { refusalOf } from './admit.ts';
import { sourceGone } from './healing.ts';
import { lose, lostFor, ownOf, unbury } from './losing.ts';
import type { Member, Message } from './member.ts';
import { freeName } from './member-names.ts';
import { isSeatedIn } from './model.ts';
import { countOf, tallyOf } from './tally.ts';
import type { Turn } from './turn.ts';
import { welcomeOne } from './welcoming.ts';

/** A worker says who it is. */
export function hello(turn: Turn, link: number, remote: string, message: Message<'hello'>): void {
  const { held } = message;
  if (held !== undefined && held.run !== turn.terms.run) {
    const sentence = `${message.name} belongs to another run than the one that is led at ${turn.terms.url}. Start it again to join this one, or with the address of its own.`;
    return sendAway(
      turn,
      link,
      remote,
      { exitCode: EXIT.tryAgain, code: 'OTHER_RUN', message: sentence },
      message.name,
    );
  }
  const known = held === undefined ? undefined : memberThatHolds(turn, held);
  if (known !== undefined) return comeBack(turn, known, link, remote, message);
  // The same worker, started again, or come back as one that holds nothing of use: what it was is no more.
  const { members } = turn.model;
  const mayBe = held !== undefined || countOf(tallyOf(members).all, 'away') > 0;
  const former = mayBe ? members.find((one) => wasBefore(one, message)) : undefined;
  if (former !== undefined) {
    if (former.link !== null) {
      turn.do({ type: 'close', link: former.link, close: 'goingAway', reason: 'it came back on another connection' });
      turn.change(former.id, { link: null });
    }
    const reason = 'it came back without what it held';
    lose(turn, former.id, reason, lostFor(former, reason, 'replaced'));
  }
  if (message.again === true) unbury(turn, message.name);
  const { workers, job } = turn.terms;
  const refusal = refusalOf(message, {
    // Of a last generation nobody may be left.
    present: turn.phase.name === 'returning' ? turn.linked.length : turn.model.members.length,
    workers,
    job,
    begun: turn.model.begun,
    deaths: ownOf(turn.model.deaths, message.name),
  });
  if (refusal !== null) return sendAway(turn, link, remote, refusal, message.name);
  enrol(turn, link, remote, message);
}

function wasBefore({ id, state, hello: said }: Member, { name, held }: Message<'hello'>): boolean {
  // An id alone may be another's: of those that were never seated a restarted coordinator does not know which were given.
  return said.name === name && (state.name === 'away' || id === held?.workerId);
}

function sendAway(
  turn: Turn,
  link: number,
  remote: string,
  refusal: { readonly exitCode: number; readonly code: string; readonly message: string },
  name: string,
): void {
  turn.warn(`${name} (${remote}) was sent away: ${refusal.message}`);
  turn.do({ type: 'dismiss', link, ...refusal, close: 'full' });
}

function enrol(turn: Turn, link: number, remote: string, message: Message<'hello'>): void {
  const came = turn.model.came + 1;
  const id = `w${came}`;
  // Two machines may give their workers the same name; people must still be able to tell them apart.
  const name = freeName(turn.model.members, message.name, id);
  turn.set({ came });
  turn.add({
    id,
    name,
    hello: message,
    remote,
    link,
    told: 0,
    welcomes: 0,
    leaving: false,
    state: { name: 'preparing' },
  });
  turn.do({ type: 'adopt-link', link, to: id, replaces: null });
  turn.log({ worker: name, id, remote, hello: message });
  welcome(turn, id);
}

/** Tells a worker what to begin with, as soon as that is known. */
function welcome(turn: Turn, id: string): void {
  const { phase } = turn;
  switch (phase.name) {
    case 'gathering':
    case 'preparing':
      return welcomeOne(turn, id, false);
    case 'rewinding':
    case 'returning':
      return;
    case 'connecting':
    case 'training':
    case 'draining':
    case 'halting':
    case 'agreeing':
    case 'waiting':
    case 'saving':
      return welcomeOne(turn, id, true);
    case 'finished':
      return;
  }
}

type Held = NonNullable<Message<'hello'>['held']>;

/** The member that this worker still is; undefined: it is none any more. */
function memberThatHolds(turn: Turn, held: Held): Member | undefined {
  const { generation } = turn.model;
  const member = turn.member(held.workerId);
  if (member === undefined || generation === null || !isSeatedIn(generation, member.id)) return undefined;
  const heard = held.generation === generation.number && member.told === generation.number;
  if (!heard && !isBeforeItsSeat(turn, held) && !standsStill(member, held)) return undefined;
  const { state } = member;
  return state.name === 'away' || state.name === 'training' || state.name === 'done' || state.name === 'halted'
    ? member
    : undefined;
}

/**
 * A generation was written ahead, and this member never heard of it: the coordinator died before, or the connection broke. It stands
 * where that was to begin, and nobody has gone further without it.
 */
function isBeforeItsSeat({ phase, model, facts }: Turn, { generation, step }: Held): boolean {
  const newest = model.generation;
  if (newest === null || generation >= newest.number || step !== newest.firstStep) return false;
  return phase.name === 'returning' || (phase.name === 'halting' && facts.complete === newest.firstStep);
}

/** It has answered with what it holds, and was told nothing since: of a generation that was made after that it knows nothing, and need not. */
function standsStill({ told, state }: Member, { generation, step }: Held): boolean {
  const before = state.name === 'away' ? state.before : state;
  return before.name === 'halted' && told === generation && before.answer.step === step;
}

/** Its connection broke, and it goes on. What was said to it last may not have come. */
function comeBack(turn: Turn, member: Member, link: number, remote: string, message: Message<'hello'>): void {
  const { id, state } = member;
  const now = state.name === 'away' ? state.before : state;
  const told = message.held?.generation ?? member.told;
  turn.do({ type: 'adopt-link', link, to: id, replaces: member.link });
  // With its connection it stopped giving, also where that is not known here to have ended.
  sourceGone(turn, id);
  turn.change(id, { link, remote, hello: message, told });
  turn.put(id, now.name === 'halted' && turn.phase.name === 'returning' ? { name: 'training', ready: now.ready } : now);
  turn.do({ type: 'rejoin', to: id, generation: told });
  turn.tell({ type: 'workerBack', worker: member.name });
  const { phase, model } = turn;
  switch (phase.name) {
    case 'training':
      if (now.name === 'training') turn.send(id, { type: 'begin', generation: model.generation!.number });
      return;
    case 'draining':
      if (now.name === 'training') turn.send(id, { type: 'drain' });
      return;
    case 'halting':
      if (now.name !== 'halted') turn.send(id, { type: 'halt', generation: told });
      return;
    case 'returning': {
      const first = turn.seats.filter(({ link: other }) => other !== null).length === 1;
      const alien = message.held?.generation !== model.generation!.number;
      turn.stay({
        ...phase,
        until: first ? turn.now + turn.terms.deadlines.rejoin : phase.until,
        stranded: alien ? [...phase.stranded, id] : phase.stranded,
      });
      return;
    }
    case 'gathering':
    case 'preparing':
    case 'rewinding':
    case 'connecting':
    case 'agreeing':
    case 'waiting':
    case 'saving':
    case 'finished':
      return;
  }
}
