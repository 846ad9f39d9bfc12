import { GradsocketError } from '../../shared/errors.ts';
import { hello } from './coming.ts';
import { disputed } from './disputed.ts';
import { changesFacts, type Effect } from './effect.ts';
import { fail, finish } from './ending.ts';
import type { Facts, Terms } from './facts.ts';
import type { Input } from './input.ts';
import { interrupt, leaveOrWait } from './interrupting.ts';
import { closed, explainDeath, linkBroke, lose, lostFor, ownOf } from './losing.ts';
import { isSeatedIn, type RunModel } from './model.ts';
import { failure } from './outcome.ts';
import { connecting } from './connecting.ts';
import { gathering, preparing } from './gathering.ts';
import { hold } from './holding.ts';
import { probed } from './probing.ts';
import { returning } from './returning.ts';
import { saved, saving } from './saving.ts';
import { agreeing, waiting } from './settling.ts';
import { draining, halting } from './halting.ts';
import { training } from './training.ts';
import { said } from './said.ts';
import { announced } from './seats.ts';
import { gather } from './settle.ts';
import { Turn } from './turn.ts';
import { welcomeAnew } from './welcoming.ts';

export interface Next {
  readonly model: RunModel;
  /** To be done in this order. */
  readonly effects: readonly Effect[];
  /** The phases that were entered, each with its reason. */
  readonly why: readonly string[];
}

/**
 * The membership of a run: what it is after something has happened, and what is to be done about it. Pure: no clock, no socket, no
 * randomness. First the input changes what is known; then each phase looks whether what it waits for is there.
 */
export function next(model: RunModel, input: Input, { now, facts, terms }: World): Next {
  const turn = new Turn(model, now, facts, terms);
  if (facts.dispute !== null && turn.phase.name !== 'finished') {
    if (isOfWorkers(input)) take(turn, input);
    disputed(turn, facts.dispute, input.type === 'interrupted');
    return { model: turn.model, effects: turn.effects, why: turn.reasons };
  }
  if (turn.phase.name !== 'finished' || input.type === 'closed') take(turn, input);
  for (;;) {
    const { phase } = turn;
    // What is known of steps is older than what was decided: the interpreter comes back at once.
    if (phase.name === 'finished' || turn.effects.some(changesFacts)) break;
    advance(turn);
    if (turn.phase === phase) break;
  }
  if (turn.phase.name !== 'finished') leaveOrWait(turn);
  return { model: turn.model, effects: turn.effects, why: turn.reasons };
}

/** The others go on with what was decided. */
function isOfWorkers({ type }: Input): boolean {
  switch (type) {
    case 'hello':
    case 'said':
    case 'reported':
    case 'relayed':
    case 'closed':
    case 'probed':
    case 'foldLost':
    case 'exited':
    case 'broken':
    case 'tick':
      return true;
    case 'start':
    case 'complete':
    case 'announced':
    case 'rewound':
    case 'saved':
    case 'interrupted':
    case 'hold':
      return false;
  }
}

/** What the machine sees beside the model. */
export interface World {
  readonly now: number;
  readonly facts: Facts;
  readonly terms: Terms;
}

function take(turn: Turn, input: Input): void {
  switch (input.type) {
    case 'start':
      return start(turn);
    case 'complete':
      return finish(turn, { status: 'done', ...(input.early === undefined ? {} : { early: input.early }) });
    case 'hello':
      return hello(turn, input.link, input.remote, input.hello);
    case 'said': {
      const member = turn.member(input.from);
      if (member !== undefined) said(turn, member, input.message);
      return;
    }
    case 'reported':
      return reported(turn, input.from);
    case 'relayed': {
      const state = turn.member(input.to)?.state;
      if (state?.name === 'healing') turn.put(input.to, { ...state, heard: turn.now });
      return;
    }
    case 'closed':
      return closed(turn, input.link, input.closed);
    case 'probed':
      return probed(turn, input.from, input.answers);
    case 'foldLost': {
      const { generation } = turn.model;
      if (generation?.number !== input.generation) return;
      const seat = generation.members[input.rank];
      const peer = seat === undefined ? undefined : turn.member(seat.id);
      return linkBroke(turn, `The link of ${seat?.name ?? `rank ${input.rank}`} broke: ${input.reason}`, peer);
    }
    case 'announced':
      return announced(turn, input.generation, input.key);
    case 'rewound':
      if (turn.phase.name !== 'rewinding') return;
      turn.set({ base: input.base });
      if (turn.model.stopping !== null) {
        return finish(turn, { status: 'interrupted', reason: turn.model.stopping.reason });
      }
      gather(turn, `all begin after step ${input.base.step}`);
      return welcomeAnew(turn);
    case 'saved':
      return saved(turn);
    case 'interrupted':
      return interrupt(turn, input.reason);
    case 'hold':
      return hold(turn, input.hold);
    case 'exited':
      return exited(turn, input);
    case 'broken':
      return fail(turn, input.error);
    case 'tick':
      return;
  }
}

function advance(turn: Turn): void {
  const { phase } = turn;
  switch (phase.name) {
    case 'gathering':
      return gathering(turn, phase);
    case 'preparing':
      return preparing(turn, phase);
    case 'rewinding':
      return;
    case 'returning':
      return returning(turn, phase);
    case 'connecting':
      return connecting(turn, phase);
    case 'training':
      return training(turn, phase);
    case 'draining':
      return draining(turn, phase);
    case 'halting':
      return halting(turn, phase);
    case 'agreeing':
      return agreeing(turn, phase);
    case 'waiting':
      return waiting(turn, phase);
    case 'saving':
      return saving(turn, phase);
    case 'finished':
      return;
  }
}

function start(turn: Turn): void {
  const { phase, model } = turn;
  if (phase.name === 'rewinding') return turn.do({ type: 'rewind' });
  if (phase.name === 'returning' && model.generation !== null) turn.do({ type: 'open', generation: model.generation });
  else gather(turn);
}

/** A part of a checkpoint gives its sender more time for the next, and for the answer that waits behind it. */
function reported(turn: Turn, from: string): void {
  const { phase, now, terms } = turn;
  const { uploadPart, halt } = terms.deadlines;
  if (phase.name === 'saving' && phase.from?.worker === from) turn.stay({ ...phase, until: now + uploadPart });
  else if (phase.name === 'halting' && phase.aim.to === 'recover' && isSeatedIn(turn.model.generation, from)) {
    turn.stay({ ...phase, until: Math.max(phase.until, now + halt) });
  }
}

function exited(turn: Turn, { name, why, again, exit }: Extract<Input, { readonly type: 'exited' }>): void {
  explainDeath(turn, name, why);
  const { givenUp, begun, deaths, members } = turn.model;
  const member = members.find((one) => one.name === name);
  if (again) {
    // Of one that is away it is not known otherwise whether it lives.
    if (member?.state.name === 'away') lose(turn, member.id, why, lostFor(member, why, 'exited'));
    return;
  }
  turn.set({ givenUp: { ...givenUp, [name]: why } });
  const death = ownOf(deaths, name);
  const early = !begun && (turn.phase.name === 'gathering' || turn.phase.name === 'preparing');
  if (member !== undefined) lose(turn, member.id, why, lostFor(member, why, 'exited'));
  if (!early) return;
  const error =
    death === undefined || death.cause === 'exited'
      ? new GradsocketError('WORKER_LOST', exit, `${name} ended before the run did: ${why}.`)
      : new GradsocketError(death.code, death.exitCode, death.why);
  finish(turn, failure(error));
}
