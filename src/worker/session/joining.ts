import { isDeepStrictEqual } from 'node:util';
import { planOf } from '../assignment/blueprint.ts';
import { type Decision, enter, followedBy, leave, leavingSoon, refuse, stay, WORD_MS } from './decision.ts';
import type { SessionEffect } from './effect.ts';
import type { EventOf } from './event.ts';
import type { JoinedRun, ModelIn, SessionModel } from './model.ts';
import { otherJob, otherRun } from './verdicts.ts';

export function introduce(model: SessionModel): Decision {
  return stay(model, { do: 'dial' });
}

export function greet(model: SessionModel): Decision {
  const { name } = model.state;
  const held = model.run !== null && model.run.id !== null && name !== 'joining' && name !== 'preparing';
  return {
    model: { ...model, link: 'greeting' },
    effects: [{ do: 'hello', held }],
    why: held ? 'the coordinator is there again' : '',
  };
}

export function join(model: SessionModel, event: EventOf<'welcome'>): Decision {
  const { assignment, workerId, resume } = event;
  const run: JoinedRun = { id: event.run ?? null, workerId, assignment, plan: planOf(assignment), nth: event.nth };
  const heal = event.heal === true;
  const begins = (resume?.step ?? 0) === 0;
  const from = heal ? 'the run goes on, and a peer will give its state' : `the run goes on after step ${resume?.step}`;
  const anew = resume === null ? 'a new run' : 'a new run, with given weights';
  return enter(
    { ...model, run, link: 'up' },
    { name: 'preparing', engine: false, restored: resume === null },
    begins && !heal ? anew : from,
    { do: 'settle' },
    { do: 'prepare', warmUp: heal },
    ...(resume === null && !heal ? [{ do: 'initialise' } as const] : []),
  );
}

/** This process is part of the run already, and has lost its place: it keeps what takes long to make. */
export function rejoin(model: SessionModel, event: EventOf<'welcome'>): Decision {
  const run = model.run!;
  if (run.id === null) return refuse(model, 'welcome');
  if (event.run !== run.id) return leave(model, otherRun(model.who));
  if (!isDeepStrictEqual(event.assignment, run.assignment)) return leave(model, otherJob(model.who));
  const { resume } = event;
  const engine = model.state.name !== 'preparing' || model.state.engine;
  const anew = resume === null && event.heal !== true;
  const welcomed: SessionModel = {
    ...model,
    run: { ...run, workerId: event.workerId, nth: event.nth },
    link: 'up',
    stint: model.stint + 1,
    evaluating: null,
    committed: anew ? 0 : model.committed,
  };
  const drop: readonly SessionEffect[] = [
    { do: 'settle' },
    { do: 'endGeneration' },
    { do: 'haltEngine' },
    { do: 'ceaseAll' },
    { do: 'dropParts' },
    { do: 'forget' },
    { do: 'stopWaiting' },
    ...(anew ? [{ do: 'initialise' } as const] : []),
  ];
  const why = 'its place in the run is lost, it joins again';
  const decision = readyIfComplete(
    enter(welcomed, { name: 'preparing', engine, restored: resume === null }, why, ...drop),
  );
  return model.leaving ? followedBy(decision, leavingSoon(), { do: 'wait', ms: WORD_MS }) : decision;
}

export function readyIfComplete(decision: Decision): Decision {
  const { model, effects, why } = decision;
  const { state } = model;
  if (state.name !== 'preparing' || !state.engine || !state.restored) return decision;
  return {
    model: { ...model, state: { name: 'ready' } },
    effects: [...effects, { do: 'ready', nth: model.run?.nth }],
    why,
  };
}

export function restored(model: ModelIn<'preparing'>, { step }: EventOf<'restored'>): Decision {
  return readyIfComplete(enter({ ...model, committed: step }, { ...model.state, restored: true }, ''));
}

export function takeState(model: ModelIn<'preparing'>, part: EventOf<'state'>): Decision {
  return model.state.restored ? refuse(model, 'state') : stay(model, { do: 'takeState', part });
}

/** Another worker's state, or its next step, is here now. */
export function healed(model: SessionModel, { step }: EventOf<'restored' | 'applied'>): Decision {
  return stay({ ...model, committed: step }, { do: 'send', message: { type: 'healed', step } });
}
