import { totalSteps } from '../../shared/plan/schedule.ts';
import { type Decision, enter, followedBy, refuse, stay, WORD_MS } from './decision.ts';
import type { SessionEffect } from './effect.ts';
import type { EventOf } from './event.ts';
import type { ModelIn, SessionModel } from './model.ts';
import type { Announcement, SessionState } from './state.ts';
import { finish } from './steps.ts';

/** Of `peerLost.reason`. */
const REASON_LIMIT = 1024;

export function takeSeat(model: ModelIn<'ready' | 'halted'>, seat: EventOf<'generation'>): Decision {
  const { rank, members, step, generation } = seat;
  const fits = rank < members.length && isDeal(seat, model.run!.assignment.microbatches);
  if (!fits || step !== model.committed || generation <= model.generation) {
    return refuse(model, `generation ${generation}, rank ${rank} of ${members.length}, from step ${step}`);
  }
  const why = `generation ${generation}, rank ${rank} of ${members.length}`;
  return enter({ ...model, generation }, { name: 'connecting', seat }, why, { do: 'connect', seat });
}

/** Whether the ranks' microbatches, where they are given, are all of them, one range after the other. */
function isDeal({ members, microbatches }: Announcement, all: number): boolean {
  if (microbatches === undefined) return true;
  let due = 0;
  for (const [start, end] of microbatches) {
    if (start !== due || end < start) return false;
    due = end;
  }
  return due === all && microbatches.length === members.length;
}

export function linked(model: ModelIn<'connecting'>, { generation }: EventOf<'linked'>): Decision {
  const { seat } = model.state;
  if (generation !== seat.generation) return stay(model);
  return enter(model, { name: 'connected', seat }, '', { do: 'send', message: { type: 'connected', generation } });
}

export function begin(model: ModelIn<'connected'>, event: EventOf<'begin'>): Decision {
  const { seat } = model.state;
  const { generation, rank } = seat;
  if (event.generation < generation) return stay(model);
  if (event.generation > generation) return refuse(model, `begin of generation ${event.generation}`);
  const complete = model.committed >= totalSteps(model.run!.plan);
  // All that a complete run can lack is the evaluation of its last step, or the checkpoint.
  const evaluate = complete || event.evaluate === true;
  const checkpoint = event.checkpoint === true;
  const stint = model.stint + 1;
  const begun: SessionModel = { ...model, stint, evaluating: evaluate ? model.committed : null };
  const effects: readonly SessionEffect[] = [
    { do: 'train', seat, stint, evaluate },
    ...(complete || checkpoint ? [{ do: 'digests', generation } as const] : []),
    ...(checkpoint && rank === 0 ? [{ do: 'upload' } as const] : []),
  ];
  return complete
    ? finish(begun, seat, effects)
    : enter(begun, { name: 'training', seat, held: null }, `from step ${model.committed}`, ...effects);
}

/** `begin` was told before: the coordinator that said it may have forgotten. */
export function begunBefore(model: SessionModel, event: EventOf<'begin'>): Decision {
  return event.generation > model.generation ? refuse(model, `begin of generation ${event.generation}`) : stay(model);
}

/** It was said in a generation that has ended. */
export function unlessOver(model: SessionModel, event: EventOf<'begin'>): Decision {
  return event.generation < model.generation ? stay(model) : refuse(model, 'begin');
}

/** Nothing has been trained in this generation. */
export function drainUnbegun(model: ModelIn<'connecting' | 'connected'>): Decision {
  const { generation } = model.state.seat;
  return enter(
    model,
    { name: 'halted', generation, engineBusy: false },
    'before its first step',
    { do: 'endGeneration' },
    { do: 'answer', generation, engineBusy: false, afterGiving: false },
  );
}

export function halt(model: SessionModel, { generation }: EventOf<'halt'>): Decision {
  const { state } = model;
  const seated = 'seat' in state;
  if (generation < model.generation) return stay(model);
  if (seated && generation > state.seat.generation) return refuse(model, `halt of generation ${generation}`);
  if (state.name === 'halted') {
    // Told again, or told as one that is healed for the next generation.
    const { engineBusy } = state;
    const answer: SessionEffect = { do: 'answer', generation, engineBusy, afterGiving: false };
    return { model: { ...model, generation, state: { ...state, generation } }, effects: [answer], why: '' };
  }
  const engineBusy = model.evaluating !== null || (isStepping(state) && 'stepping');
  return enter(
    { ...model, generation, stint: model.stint + 1, evaluating: null },
    { name: 'halted', generation, engineBusy },
    '',
    { do: 'stopWaiting' },
    { do: 'endGeneration' },
    { do: 'haltEngine' },
    { do: 'answer', generation, engineBusy, afterGiving: false },
  );
}

/** Whether the engine may be at work on a step. */
function isStepping(state: SessionState): boolean {
  if (state.name === 'training' || state.name === 'draining') return state.held === null;
  return state.name === 'stranded';
}

export function peerLost(model: ModelIn<Stepless | 'training' | 'draining'>, event: EventOf<'peerLost'>): Decision {
  const { seat } = model.state;
  const { generation, rank, who, reason } = event;
  if (generation !== seat.generation) return stay(model);
  const decision = enter(
    model,
    { name: 'stranded', seat, lost: { rank, who, reason } },
    `the link to ${who} broke: ${reason}`,
    { do: 'endGeneration' },
  );
  return followedBy(decision, ...tellLost(decision.model));
}

/** A generation is made or made use of, and no step runs. */
type Stepless = 'connecting' | 'connected';

/** The peer, where the coordinator can hear of it; then its word is waited for, not for ever. */
export function tellLost({ state, link }: SessionModel): readonly SessionEffect[] {
  if (state.name !== 'stranded' || link !== 'up') return [];
  const { seat, lost } = state;
  const { generation } = seat;
  const reason = lost.reason.slice(0, REASON_LIMIT);
  const tell: readonly SessionEffect[] =
    lost.rank === null ? [] : [{ do: 'send', message: { type: 'peerLost', generation, rank: lost.rank, reason } }];
  return [...tell, { do: 'wait', ms: WORD_MS }];
}
