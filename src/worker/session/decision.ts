import type { SessionEffect } from './effect.ts';
import type { SessionModel } from './model.ts';
import type { SessionState, Verdict } from './state.ts';
import { outOfTurn } from './verdicts.ts';

/** How long a worker that lost a peer, or asked to leave, waits for the coordinator's word. */
export const WORD_MS = 60_000;

/** Characters of `failed.message` that the protocol takes. */
const MESSAGE_LIMIT = 4096;

/** What follows from an event: a pure decision, for `Session` to carry out. */
export interface Decision {
  readonly model: SessionModel;
  readonly effects: readonly SessionEffect[];
  /** For the log; empty: nothing to tell. */
  readonly why: string;
}

export function stay(model: SessionModel, ...effects: readonly SessionEffect[]): Decision {
  return { model, effects, why: '' };
}

export function enter(
  model: SessionModel,
  state: SessionState,
  why: string,
  ...effects: readonly SessionEffect[]
): Decision {
  return { model: { ...model, state }, effects, why };
}

export function leave(model: SessionModel, verdict: Verdict, ...before: readonly SessionEffect[]): Decision {
  const why = `${verdict.code}, exit code ${verdict.exitCode}`;
  return enter(model, { name: 'left', verdict }, why, ...before, { do: 'stopWaiting' }, { do: 'leave', verdict });
}

/** This worker cannot go on: the coordinator hears why. */
export function fail(model: SessionModel, verdict: Verdict): Decision {
  const message = verdict.message.slice(0, MESSAGE_LIMIT);
  return leave(model, verdict, { do: 'send', message: { type: 'failed', ...verdict, message } });
}

export function refuse(model: SessionModel, what: string): Decision {
  return fail(model, outOfTurn(model.who, what, model.state.name));
}

/** The same, and then the effects of another one. */
export function followedBy(first: Decision, ...effects: readonly SessionEffect[]): Decision {
  return { ...first, effects: [...first.effects, ...effects] };
}

export function leavingSoon(): SessionEffect {
  return { do: 'send', message: { type: 'leaving' } };
}
