import { describeClosed } from '../../shared/link/channel.ts';
import { type Decision, followedBy, leave, leavingSoon, refuse, stay, WORD_MS } from './decision.ts';
import type { SessionEffect } from './effect.ts';
import type { EventOf } from './event.ts';
import { tellLost } from './generations.ts';
import type { SessionModel } from './model.ts';
import { isRecorded } from './steps.ts';
import { coordinatorLost, DONE, interrupted, sentAway } from './verdicts.ts';

/** What closes a connection that is worth opening again: everything but an offence of one of the two. */
const MENDS = new Set(['goingAway', 'unresponsive', 'slowReader', 'internalError', 'done']);

export function linkDown(model: SessionModel, { closed }: EventOf<'linkDown'>): Decision {
  const why = describeClosed(closed);
  const down: SessionModel = { ...model, link: 'down' };
  if (model.leaving) return leave(down, interrupted(model.who));
  if (model.state.name === 'done' && isRecorded(model)) return leave(down, DONE);
  const mends = closed.by === 'network' || closed.name === null || MENDS.has(closed.name);
  if (!mends && closed.by === 'peer') return leave(down, sentAway(model.who, why));
  if (!mends || model.run?.id === null) return leave(down, coordinatorLost(model.who, why));
  return {
    model: down,
    effects: [{ do: 'ceaseAll' }, { do: 'dropParts' }, { do: 'stopWaiting' }, { do: 'dial' }],
    why: `the coordinator is gone (${why}); looking for it`,
  };
}

export function linkLost(model: SessionModel, { verdict }: EventOf<'linkLost'>): Decision {
  const known = model.run !== null && verdict.code === 'UNREACHABLE';
  return leave(model, known ? coordinatorLost(model.who, verdict.message) : verdict);
}

/** The coordinator has this worker on its list still. Tells it again what it may not know. */
export function rejoined(model: SessionModel, event: EventOf<'rejoined'>): Decision {
  const { type: _, generation, ...recorded } = event;
  if (generation !== model.generation) return refuse(model, `rejoined of generation ${generation}`);
  const up: SessionModel = { ...model, link: 'up', recorded };
  const again: readonly SessionEffect[] = [{ do: 'settle' }, { do: 'recorded', recorded }, { do: 'resend' }];
  const decision = followedBy(stay(up, ...again), ...repeated(up));
  const { state } = up;
  const told: Decision =
    state.name === 'done' || state.name === 'finishing'
      ? // `done` comes after everything else.
        followedBy(
          { ...decision, model: { ...up, state: { name: 'finishing', seat: state.seat, uploaded: false } } },
          { do: 'awaitUploads' },
        )
      : decision;
  const leaving = up.leaving ? [leavingSoon(), { do: 'wait', ms: WORD_MS } as const] : [];
  return { ...followedBy(told, ...leaving), why: 'its place is kept' };
}

/** What this state has told the coordinator. */
function repeated(model: SessionModel): readonly SessionEffect[] {
  const { state } = model;
  switch (state.name) {
    case 'connected':
      return [{ do: 'send', message: { type: 'connected', generation: state.seat.generation } }];
    case 'stranded':
      return tellLost(model);
    case 'halted': {
      const { generation, engineBusy } = state;
      return [{ do: 'answer', generation, engineBusy, afterGiving: false }];
    }
    case 'joining':
    case 'preparing':
    case 'ready':
    case 'connecting':
    case 'training':
    case 'draining':
    case 'finishing':
    case 'done':
    case 'left':
      return [];
  }
}

export function record(model: SessionModel, event: EventOf<'recorded'>): Decision {
  const { type: _, ...recorded } = event;
  return stay({ ...model, recorded }, { do: 'recorded', recorded });
}

/** A signal at this worker: it goes, and the others go on without it. */
export function interrupt(model: SessionModel): Decision {
  if (model.link === 'down') return leave(model, interrupted(model.who));
  return {
    model: { ...model, leaving: true },
    effects: [leavingSoon(), { do: 'wait', ms: WORD_MS }],
    why: 'asks to leave',
  };
}

export function timeout(model: SessionModel): Decision {
  const { state, leaving, who } = model;
  if (leaving) return leave(model, interrupted(who));
  if (state.name !== 'stranded') return stay(model);
  const { lost } = state;
  const waited = `no word from it for ${WORD_MS / 1000} s after the link to ${lost.who} broke: ${lost.reason}`;
  return leave(model, coordinatorLost(who, waited));
}
