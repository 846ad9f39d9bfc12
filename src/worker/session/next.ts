import { interrupt, linkDown, linkLost, record, rejoined, timeout } from './connection.ts';
import { type Decision, enter, fail, leave, refuse, stay } from './decision.ts';
import type { EventName, EventOf, SessionEvent } from './event.ts';
import { begin, begunBefore, drainUnbegun, halt, linked, peerLost, takeSeat, unlessOver } from './generations.ts';
import { greet, healed, introduce, join, readyIfComplete, rejoin, restored, takeState } from './joining.ts';
import type { ModelIn, SessionModel } from './model.ts';
import type { StateName } from './state.ts';
import { committed, doneIfComplete, drain, evaluated, lateRoom, room } from './steps.ts';
import { interrupted } from './verdicts.ts';

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
  room: on([], lateRoom),
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
  room: on(['finishing'], room),
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

/** All that there are. */
export const STATES = Object.keys(ROWS) as readonly StateName[];

/** For the documentation: which states each event may lead to from each state. */
export function transitions(): readonly { readonly from: StateName; readonly on: EventName; readonly to: StateName }[] {
  const events = Object.keys(ANYWHERE) as EventName[];
  return STATES.flatMap((from) =>
    events.flatMap((event) => {
      if (from === 'left') return [];
      const { to } = (ROWS[from] as Row<StateName>)[event] ?? ANYWHERE[event];
      return to.filter((name) => name !== from).map((name) => ({ from, on: event, to: name }));
    }),
  );
}
