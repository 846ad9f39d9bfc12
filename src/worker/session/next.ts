import { isDeepStrictEqual } from 'node:util';
import { describeClosed } from '../../shared/link/channel.ts';
import { totalSteps } from '../../shared/plan/schedule.ts';
import { planOf } from '../assignment/blueprint.ts';
import { type AfterCommit, afterCommit } from './after-commit.ts';
import type { SessionEffect } from './effect.ts';
import type { EventName, EventOf, SessionEvent } from './event.ts';
import type { JoinedRun, ModelIn, SessionModel } from './model.ts';
import type { Announcement, HeldStep, SessionState, StateName, Verdict } from './state.ts';
import { coordinatorLost, DONE, interrupted, otherJob, otherRun, outOfTurn } from './verdicts.ts';

/** How long a worker that lost a peer, or asked to leave, waits for the coordinator's word. */
const WORD_MS = 60_000;
/** Characters of `failed.message` that the protocol takes. */
const MESSAGE_LIMIT = 4096;
/** Of `peerLost.reason`. */
const REASON_LIMIT = 1024;

/** What follows from an event: a pure decision, for `Session` to carry out. */
export interface Decision {
  readonly model: SessionModel;
  readonly effects: readonly SessionEffect[];
  /** For the log; empty: nothing to tell. */
  readonly why: string;
}

type Handler<S extends StateName, E extends EventName> = (model: ModelIn<S>, event: EventOf<E>) => Decision;

/**
 * A row of the table: for each event a reaction, and the states that it may lead to. `run` is a method, so that one which
 * takes more states than it has to may stand in several rows.
 */
type Row<S extends StateName> = {
  readonly [E in EventName]?: {
    readonly to: readonly StateName[];
    run(model: ModelIn<S>, event: EventOf<E>): Decision;
  };
};

/** What a session does about `event`: as the row of its state says, else as in every state. */
export function next(model: SessionModel, event: SessionEvent): Decision {
  if (model.state.name === 'left') return stay(model);
  const transition = (ROWS[model.state.name] as Row<StateName>)[event.type] ?? ANYWHERE[event.type];
  // The row was chosen by the state, and the transition by the event.
  return transition.run(model, event as never);
}

function stay(model: SessionModel, ...effects: readonly SessionEffect[]): Decision {
  return { model, effects, why: '' };
}

function enter(model: SessionModel, state: SessionState, why: string, ...effects: readonly SessionEffect[]): Decision {
  return { model: { ...model, state }, effects, why };
}

function leave(model: SessionModel, verdict: Verdict, ...before: readonly SessionEffect[]): Decision {
  const why = `${verdict.code}, exit code ${verdict.exitCode}`;
  return enter(model, { name: 'left', verdict }, why, ...before, { do: 'stopWaiting' }, { do: 'leave', verdict });
}

/** This worker cannot go on: the coordinator hears why. */
function fail(model: SessionModel, verdict: Verdict): Decision {
  const message = verdict.message.slice(0, MESSAGE_LIMIT);
  return leave(model, verdict, { do: 'send', message: { type: 'failed', ...verdict, message } });
}

function refuse(model: SessionModel, what: string): Decision {
  return fail(model, outOfTurn(model.who, what, model.state.name));
}

// Joining

function introduce(model: SessionModel): Decision {
  return stay(model, { do: 'dial' });
}

function greet(model: SessionModel): Decision {
  const { name } = model.state;
  const held = model.run !== null && model.run.id !== null && name !== 'joining' && name !== 'preparing';
  return {
    model: { ...model, link: 'greeting' },
    effects: [{ do: 'hello', held }],
    why: held ? 'the coordinator is there again' : '',
  };
}

function join(model: SessionModel, event: EventOf<'welcome'>): Decision {
  const { assignment, workerId, resume } = event;
  const run: JoinedRun = { id: event.run ?? null, workerId, assignment, plan: planOf(assignment) };
  const heal = event.heal === true;
  const begins = (resume?.step ?? 0) === 0;
  const from = heal ? 'the run goes on, and a peer will give its state' : `the run goes on after step ${resume?.step}`;
  const anew = resume === null ? 'a new run' : 'a new run, with given weights';
  return enter(
    { ...model, run, link: 'up' },
    { name: 'preparing', engine: false, restored: resume === null },
    begins && !heal ? anew : from,
    { do: 'settle' },
    { do: 'prepare' },
    ...(resume === null && !heal ? [{ do: 'initialise' } as const] : []),
  );
}

/** This process is part of the run already, and has lost its place: it keeps what takes long to make. */
function rejoin(model: SessionModel, event: EventOf<'welcome'>): Decision {
  const run = model.run!;
  if (run.id === null) return refuse(model, 'welcome');
  if (event.run !== run.id) return leave(model, otherRun(model.who));
  if (!isDeepStrictEqual(event.assignment, run.assignment)) return leave(model, otherJob(model.who));
  const { resume } = event;
  const engine = model.state.name !== 'preparing' || model.state.engine;
  const anew = resume === null && event.heal !== true;
  const welcomed: SessionModel = {
    ...model,
    run: { ...run, workerId: event.workerId },
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

function readyIfComplete(decision: Decision): Decision {
  const { model, effects, why } = decision;
  const { state } = model;
  if (state.name !== 'preparing' || !state.engine || !state.restored) return decision;
  return { model: { ...model, state: { name: 'ready' } }, effects: [...effects, { do: 'ready' }], why };
}

/** The same, and then the effects of another one. */
function followedBy(first: Decision, ...effects: readonly SessionEffect[]): Decision {
  return { ...first, effects: [...first.effects, ...effects] };
}

// Generations

function takeSeat(model: ModelIn<'ready' | 'halted'>, seat: EventOf<'generation'>): Decision {
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

function linked(model: ModelIn<'connecting'>, { generation }: EventOf<'linked'>): Decision {
  const { seat } = model.state;
  if (generation !== seat.generation) return stay(model);
  return enter(model, { name: 'connected', seat }, '', { do: 'send', message: { type: 'connected', generation } });
}

function begin(model: ModelIn<'connected'>, event: EventOf<'begin'>): Decision {
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
    ...(complete || checkpoint ? [{ do: 'digests', generation } as const] : []),
    ...(checkpoint && rank === 0 ? [{ do: 'upload' } as const] : []),
    { do: 'train', seat, stint, evaluate },
  ];
  return complete
    ? finish(begun, seat, effects)
    : enter(begun, { name: 'training', seat, held: null }, `from step ${model.committed}`, ...effects);
}

/** `begin` was told before: the coordinator that said it may have forgotten. */
function begunBefore(model: SessionModel, event: EventOf<'begin'>): Decision {
  return event.generation > model.generation ? refuse(model, `begin of generation ${event.generation}`) : stay(model);
}

/** It was said in a generation that has ended. */
function unlessOver(model: SessionModel, event: EventOf<'begin'>): Decision {
  return event.generation < model.generation ? stay(model) : refuse(model, 'begin');
}

function committed(model: ModelIn<'training' | 'draining'>, event: EventOf<'committed'>): Decision {
  const { seat } = model.state;
  const { generation, rank } = seat;
  if (event.generation !== generation) return stay(model);
  const { step } = event;
  const after = afterCommit(model.run!.plan, step + 1, event.stop);
  const moved: SessionModel = { ...model, committed: step + 1, evaluating: after.evaluate ? step + 1 : null };
  const report: SessionEffect = { do: 'report', generation };
  if (after.stopped) return drained(moved, seat, step, report);
  if (!after.upload) {
    // First the engine, which waits for it; then the coordinator, which does not.
    return followedBy(goOn(moved, seat, { step, next: after }), report);
  }
  const digests: SessionEffect = { do: 'digests', generation };
  if (rank !== 0) {
    const further = goOn(moved, seat, { step, next: after });
    return { ...further, effects: [report, digests, ...further.effects] };
  }
  // Where checkpoints come faster than the coordinator takes them, training waits here.
  const held: HeldStep = { step, next: after };
  return enter(moved, { ...model.state, held }, '', report, digests, { do: 'checkpoint', step });
}

function taken(model: ModelIn<'training' | 'draining'>, { step }: EventOf<'taken'>): Decision {
  const { held, seat } = model.state;
  return held?.step === step ? goOn(model, seat, held) : stay(model);
}

function goOn(model: SessionModel, seat: Announcement, { step, next: after }: HeldStep): Decision {
  const told: SessionEffect = { do: 'goOn', step, evaluate: after.evaluate, last: isLast(after) };
  if (after.complete) return finish(model, seat, [told]);
  const { state } = model;
  const name = state.name === 'draining' ? 'draining' : 'training';
  return enter(model, { name, seat, held: null }, '', told);
}

function isLast({ complete, stopped }: AfterCommit): boolean {
  return complete || stopped;
}

/** All members stop after this step, and all answer as to a halt. */
function drained(model: SessionModel, seat: Announcement, step: number, report: SessionEffect): Decision {
  const { generation } = seat;
  return enter(
    { ...model, stint: model.stint + 1 },
    { name: 'halted', generation, engineBusy: false },
    `all stop after step ${step}`,
    report,
    { do: 'goOn', step, evaluate: false, last: true },
    { do: 'endGeneration' },
    { do: 'answer', generation, engineBusy: false, afterGiving: true },
  );
}

function finish(model: SessionModel, seat: Announcement, effects: readonly SessionEffect[]): Decision {
  const finishing: SessionState = { name: 'finishing', seat, uploaded: false };
  return enter(model, finishing, 'the plan is complete', ...effects, { do: 'awaitUploads' });
}

function evaluated(model: SessionModel, { step, chunks }: EventOf<'evaluated'>): Decision {
  const { state, evaluating } = model;
  if (step !== evaluating || !('seat' in state)) return stay(model);
  const effect: SessionEffect = { do: 'reportEvaluation', generation: state.seat.generation, step, chunks };
  return doneIfComplete(stay({ ...model, evaluating: null }, effect));
}

function doneIfComplete(decision: Decision): Decision {
  const { model } = decision;
  const { state, evaluating, committed: step } = model;
  if (state.name !== 'finishing' || !state.uploaded || evaluating !== null) return decision;
  const done: SessionEffect = { do: 'send', message: { type: 'done', step, stopped: false } };
  const { seat } = state;
  return leaveIfRecorded(followedBy({ ...decision, model: { ...model, state: { name: 'done', seat } } }, done));
}

/** The coordinator is gone, and knows all that there is to know: nobody misses this worker. */
function leaveIfRecorded(decision: Decision): Decision {
  const { model } = decision;
  if (model.state.name !== 'done' || model.link !== 'down' || !isRecorded(model)) return decision;
  const left = leave(model, DONE);
  return { ...left, effects: [...decision.effects, ...left.effects] };
}

function isRecorded({ run, recorded: { steps, evaluated: evaluation, saved } }: SessionModel): boolean {
  const total = totalSteps(run!.plan);
  const evaluates = run!.assignment.dataset.validationSamples > 0;
  return steps >= total && saved >= total && (!evaluates || evaluation >= total);
}

function drain(model: ModelIn<'training'>): Decision {
  return enter(model, { ...model.state, name: 'draining' }, 'the running step is the last one', { do: 'stop' });
}

/** Nothing has been trained in this generation. */
function drainUnbegun(model: ModelIn<'connecting' | 'connected'>): Decision {
  const { generation } = model.state.seat;
  return enter(
    model,
    { name: 'halted', generation, engineBusy: false },
    'before its first step',
    { do: 'endGeneration' },
    { do: 'answer', generation, engineBusy: false, afterGiving: false },
  );
}

function halt(model: SessionModel, { generation }: EventOf<'halt'>): Decision {
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

function peerLost(model: ModelIn<Stepless | 'training' | 'draining'>, event: EventOf<'peerLost'>): Decision {
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
function tellLost({ state, link }: SessionModel): readonly SessionEffect[] {
  if (state.name !== 'stranded' || link !== 'up') return [];
  const { seat, lost } = state;
  const { generation } = seat;
  const reason = lost.reason.slice(0, REASON_LIMIT);
  const tell: readonly SessionEffect[] =
    lost.rank === null ? [] : [{ do: 'send', message: { type: 'peerLost', generation, rank: lost.rank, reason } }];
  return [...tell, { do: 'wait', ms: WORD_MS }];
}

// Healing

function restored(model: ModelIn<'preparing'>, { step }: EventOf<'restored'>): Decision {
  return readyIfComplete(enter({ ...model, committed: step }, { ...model.state, restored: true }, ''));
}

function takeState(model: ModelIn<'preparing'>, part: EventOf<'state'>): Decision {
  return model.state.restored ? refuse(model, 'state') : stay(model, { do: 'takeState', part });
}

/** Another worker's state, or its next step, is here now. */
function healed(model: SessionModel, { step }: EventOf<'restored' | 'applied'>): Decision {
  return stay({ ...model, committed: step }, { do: 'send', message: { type: 'healed', step } });
}

// The control connection

/** What closes a connection that is worth opening again: everything but an offence of one of the two. */
const MENDS = new Set(['goingAway', 'unresponsive', 'slowReader', 'internalError', 'done']);

function linkDown(model: SessionModel, { closed }: EventOf<'linkDown'>): Decision {
  const why = describeClosed(closed);
  const down: SessionModel = { ...model, link: 'down' };
  if (model.leaving) return leave(down, interrupted(model.who));
  if (model.state.name === 'done' && isRecorded(model)) return leave(down, DONE);
  const mends = closed.by === 'network' || closed.name === null || MENDS.has(closed.name);
  if (!mends || model.run?.id === null) return leave(down, coordinatorLost(model.who, why));
  return {
    model: down,
    effects: [{ do: 'ceaseAll' }, { do: 'dropParts' }, { do: 'stopWaiting' }, { do: 'dial' }],
    why: `the coordinator is gone (${why}); looking for it`,
  };
}

function linkLost(model: SessionModel, { verdict }: EventOf<'linkLost'>): Decision {
  const known = model.run !== null && verdict.code === 'UNREACHABLE';
  return leave(model, known ? coordinatorLost(model.who, verdict.message) : verdict);
}

/** The coordinator has this worker on its list still. Tells it again what it may not know. */
function rejoined(model: SessionModel, event: EventOf<'rejoined'>): Decision {
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

function record(model: SessionModel, event: EventOf<'recorded'>): Decision {
  const { type: _, ...recorded } = event;
  return stay({ ...model, recorded }, { do: 'recorded', recorded });
}

// Leaving

function leavingSoon(): SessionEffect {
  return { do: 'send', message: { type: 'leaving' } };
}

/** A signal at this worker: it goes, and the others go on without it. */
function interrupt(model: SessionModel): Decision {
  if (model.link === 'down') return leave(model, interrupted(model.who));
  return {
    model: { ...model, leaving: true },
    effects: [leavingSoon(), { do: 'wait', ms: WORD_MS }],
    why: 'asks to leave',
  };
}

function timeout(model: SessionModel): Decision {
  const { state, leaving, who } = model;
  if (leaving) return leave(model, interrupted(who));
  if (state.name !== 'stranded') return stay(model);
  const { lost } = state;
  const waited = `no word from it for ${WORD_MS / 1000} s after the link to ${lost.who} broke: ${lost.reason}`;
  return leave(model, coordinatorLost(who, waited));
}

// The table

function on<S extends StateName, E extends EventName>(to: readonly StateName[], run: Handler<S, E>) {
  return { to, run: (model: ModelIn<S>, event: EventOf<E>) => run(model, event) };
}

/** Nothing is done about it. */
const ignored = { to: [], run: (model: SessionModel) => stay(model) };
/** The coordinator may not say this now. */
const refused = {
  to: ['left'] as const,
  run: (model: SessionModel, event: SessionEvent) => refuse(model, event.type),
};

const ANYWHERE: Required<Row<StateName>> = {
  welcome: on(['preparing', 'ready', 'left'], rejoin),
  rejoined: on(['left'], rejoined),
  recorded: on([], record),
  // Of a healing that is over.
  state: ignored,
  reduced: ignored,
  generation: refused,
  begin: on(['left'], unlessOver),
  // Without a generation there is nothing to stop.
  drain: ignored,
  halt: on(['halted', 'left'], halt),
  upload: on([], (model) => stay(model, { do: 'upload' })),
  give: on([], (model, { to, follow }) => stay(model, { do: 'give', to, follow })),
  cease: on([], (model, { to }) => stay(model, { do: 'cease', to })),
  leave: on(['left'], (model, { exitCode, code, message }) => leave(model, { exitCode, code, message })),
  samples: refused,
  linkUp: on([], greet),
  linkDown: on(['left'], linkDown),
  linkLost: on(['left'], linkLost),
  join: ignored,
  failed: on(['left'], (model, { code, exitCode, message }) => fail(model, { code, exitCode, message })),
  interrupt: on(['left'], interrupt),
  prepared: ignored,
  evaluated: on([], evaluated),
  restored: ignored,
  applied: ignored,
  linked: ignored,
  peerLost: ignored,
  committed: ignored,
  taken: ignored,
  uploaded: ignored,
  timeout: on(['left'], timeout),
};

const heals = {
  state: on<StateName, 'state'>([], (model, part) => stay(model, { do: 'takeState', part })),
  reduced: on<StateName, 'reduced'>([], (model, part) => stay(model, { do: 'takeReduced', part })),
  restored: on<StateName, 'restored'>([], healed),
  applied: on<StateName, 'applied'>([], healed),
  generation: on(['connecting', 'left'], takeSeat),
} as const;

const steps = {
  committed: on(['finishing', 'halted'], committed),
  taken: on(['finishing'], taken),
  peerLost: on(['stranded'], peerLost),
  begin: on<StateName, 'begin'>(['left'], begunBefore),
} as const;

const unbegun = {
  drain: on(['halted'], drainUnbegun),
  peerLost: on(['stranded'], peerLost),
} as const;

/** The plan is complete: peers leave, and signals wait for the end. */
const complete = {
  interrupt: ignored,
  peerLost: on<StateName, 'peerLost'>([], (model, { generation }) =>
    generation === model.generation ? stay(model, { do: 'endGeneration' }) : stay(model),
  ),
  rejoined: on<StateName, 'rejoined'>(['finishing', 'left'], rejoined),
  begin: on<StateName, 'begin'>(['left'], begunBefore),
} as const;

const unmade = { upload: refused, give: refused, cease: ignored, rejoined: refused, halt: refused } as const;

/** What is special to a state. */
const ROWS: { readonly [S in StateName]: Row<S> } = {
  joining: {
    ...unmade,
    join: on([], introduce),
    welcome: on(['preparing'], join),
    state: refused,
    reduced: refused,
    drain: refused,
    recorded: ignored,
    interrupt: on(['left'], (model) => fail(model, interrupted(model.who))),
  },
  preparing: {
    ...unmade,
    // It was said to one that has lost its place since.
    halt: ignored,
    state: on(['left'], takeState),
    reduced: refused,
    prepared: on(['ready'], (model) => readyIfComplete(enter(model, { ...model.state, engine: true }, ''))),
    restored: on(['ready'], restored),
    interrupt: on(['left'], (model) => fail(model, interrupted(model.who))),
  },
  ready: { ...heals, halt: on<StateName, 'halt'>(['halted'], halt) },
  connecting: { ...unbegun, linked: on(['connected'], linked) },
  connected: { ...unbegun, begin: on(['training', 'finishing', 'left'], begin) },
  training: { ...steps, drain: on(['draining'], drain) },
  draining: steps,
  finishing: {
    ...complete,
    evaluated: on<StateName, 'evaluated'>(['done', 'left'], evaluated),
    uploaded: on(['done', 'left'], (model) =>
      doneIfComplete(stay({ ...model, state: { ...model.state, uploaded: true } })),
    ),
  },
  done: complete,
  // It may have crossed our word that a peer is lost.
  stranded: { begin: on<StateName, 'begin'>(['left'], begunBefore) },
  halted: { ...heals, halt: on<StateName, 'halt'>([], halt), begin: on<StateName, 'begin'>(['left'], begunBefore) },
  left: {},
};

/** For the documentation: which states each event may lead to from each state. */
export function transitions(): readonly { readonly from: StateName; readonly on: EventName; readonly to: StateName }[] {
  const names = Object.keys(ROWS) as StateName[];
  const events = Object.keys(ANYWHERE) as EventName[];
  return names.flatMap((from) =>
    events.flatMap((event) => {
      if (from === 'left') return [];
      const { to } = (ROWS[from] as Row<StateName>)[event] ?? ANYWHERE[event];
      return to.filter((name) => name !== from).map((name) => ({ from, on: event, to: name }));
    }),
  );
}
