import { describe, expect, it } from 'vitest';
import { NETWORK_LOST, closedBy } from '../../../src/shared/link/channel.ts';
import { planOf } from '../../../src/worker/assignment/blueprint.ts';
import type { EventName, EventOf, SessionEvent } from '../../../src/worker/session/event.ts';
import { newSession, type SessionModel } from '../../../src/worker/session/model.ts';
import { next, transitions } from '../../../src/worker/session/next.ts';
import type { Announcement, SessionState, StateName } from '../../../src/worker/session/state.ts';
import { smallAssignment } from '../support/assignment.ts';

const assignment = smallAssignment({ microbatches: 4 });
const plan = planOf(assignment);
const TOTAL = 6;
const G = 7;
const who = { name: 'worker-0', coordinator: 'ws://coordinator' };
const run = { id: 'the run', workerId: 'w0', assignment, plan };
const members = [0, 1, 2].map((worker) => ({ workerId: `w${worker}`, name: `worker-${worker}`, address: null }));
const seat: Announcement = { type: 'generation', generation: G, key: 'k', rank: 0, topology: 'mesh', members, step: 2 };
const verdict = { exitCode: 0, code: 'DONE', message: '' };

const states: { readonly [S in StateName]: readonly Extract<SessionState, { name: S }>[] } = {
  joining: [{ name: 'joining' }],
  preparing: [
    { name: 'preparing', engine: false, restored: true },
    { name: 'preparing', engine: true, restored: false },
    { name: 'preparing', engine: false, restored: false },
  ],
  ready: [{ name: 'ready' }],
  connecting: [{ name: 'connecting', seat }],
  connected: [{ name: 'connected', seat }],
  training: [
    { name: 'training', seat, held: null },
    { name: 'training', seat: { ...seat, rank: 1 }, held: null },
    {
      name: 'training',
      seat,
      held: { step: 1, next: { evaluate: false, upload: true, complete: false, stopped: false } },
    },
    {
      name: 'training',
      seat,
      held: { step: 5, next: { evaluate: true, upload: true, complete: true, stopped: false } },
    },
  ],
  draining: [
    { name: 'draining', seat, held: null },
    { name: 'draining', seat: { ...seat, rank: 1 }, held: null },
    {
      name: 'draining',
      seat,
      held: { step: 5, next: { evaluate: true, upload: true, complete: true, stopped: false } },
    },
  ],
  finishing: [
    { name: 'finishing', seat, uploaded: false },
    { name: 'finishing', seat, uploaded: true },
  ],
  done: [{ name: 'done', seat }],
  stranded: [{ name: 'stranded', seat, lost: { rank: 1, who: 'worker-1', reason: 'it broke' } }],
  halted: [{ name: 'halted', generation: G, engineBusy: false }],
  left: [{ name: 'left', verdict }],
};

const welcome = { type: 'welcome', workerId: 'w0', run: 'the run', resume: null, assignment } as const;
const recorded = { steps: 1, evaluated: 0, saved: 0 };
const part = { step: 2, offset: 0, total: 4, data: new Uint8Array(4) };
const events: { readonly [E in EventName]: readonly EventOf<E>[] } = {
  welcome: [
    welcome,
    { ...welcome, heal: true },
    { ...welcome, resume: { step: 1, bytes: 4 } },
    { ...welcome, run: 'another' },
    { ...welcome, assignment: smallAssignment({ microbatches: 2 }) },
  ],
  rejoined: [
    { type: 'rejoined', generation: G, ...recorded },
    { type: 'rejoined', generation: G - 1, ...recorded },
  ],
  recorded: [{ type: 'recorded', ...recorded }],
  state: [{ type: 'state', ...part }],
  reduced: [{ type: 'reduced', ...part }],
  generation: [{ ...seat, generation: G + 1 }, seat, { ...seat, generation: G + 1, step: 3 }],
  begin: [
    { type: 'begin', generation: G },
    { type: 'begin', generation: G - 1 },
    { type: 'begin', generation: G + 1 },
    { type: 'begin', generation: G, evaluate: true, checkpoint: true },
  ],
  drain: [{ type: 'drain' }],
  halt: [
    { type: 'halt', generation: G },
    { type: 'halt', generation: G - 1 },
    { type: 'halt', generation: G + 1 },
  ],
  upload: [{ type: 'upload' }],
  give: [{ type: 'give', to: 'w1', follow: true }],
  cease: [{ type: 'cease', to: 'w1' }],
  leave: [{ type: 'leave', exitCode: 75, code: 'WORKER_LOST', message: 'worker-1 is gone.' }],
  samples: [{ type: 'samples', id: 1, split: 'train', items: [], last: true }],
  linkUp: [{ type: 'linkUp' }],
  linkDown: [
    { type: 'linkDown', closed: NETWORK_LOST },
    { type: 'linkDown', closed: closedBy('peer', 'outOfTurn', 'begin before ready') },
  ],
  linkLost: [{ type: 'linkLost', verdict: { exitCode: 75, code: 'UNREACHABLE', message: 'Nobody answers.' } }],
  join: [{ type: 'join', engine: 'cpu', device: null }],
  failed: [{ type: 'failed', code: 'INTERNAL', exitCode: 70, message: 'x' }],
  interrupt: [{ type: 'interrupt' }],
  prepared: [{ type: 'prepared' }],
  evaluated: [
    { type: 'evaluated', stint: 1, step: 2, chunks: [] },
    { type: 'evaluated', stint: 1, step: TOTAL, chunks: [] },
  ],
  restored: [{ type: 'restored', step: 2 }],
  applied: [{ type: 'applied', step: 3 }],
  linked: [
    { type: 'linked', generation: G },
    { type: 'linked', generation: G - 1 },
  ],
  peerLost: [
    { type: 'peerLost', generation: G, rank: 1, who: 'worker-1', reason: 'it broke' },
    { type: 'peerLost', generation: G, rank: null, who: 'the coordinator', reason: 'it broke' },
    { type: 'peerLost', generation: G - 1, rank: 1, who: 'worker-1', reason: 'it broke' },
  ],
  committed: [0, 2, 5].flatMap((step) => [
    { type: 'committed' as const, generation: G, step, stop: false },
    { type: 'committed' as const, generation: G, step, stop: true },
    { type: 'committed' as const, generation: G - 1, step, stop: false },
  ]),
  room: [
    { type: 'room', step: 1 },
    { type: 'room', step: 5 },
  ],
  uploaded: [{ type: 'uploaded' }],
  timeout: [{ type: 'timeout' }],
};

function modelIn(state: SessionState, more: Partial<SessionModel> = {}): SessionModel {
  const joined = state.name === 'joining' ? null : run;
  const generation = state.name === 'ready' || joined === null ? 0 : G;
  return { ...newSession(who), state, link: 'up', run: joined, committed: 2, generation, stint: 1, ...more };
}

const variants: readonly Partial<SessionModel>[] = [
  {},
  { link: 'down' },
  { link: 'greeting' },
  { evaluating: 2 },
  { committed: TOTAL, evaluating: TOTAL },
  { committed: TOTAL, recorded: { steps: TOTAL, evaluated: TOTAL, saved: TOTAL } },
  { link: 'down', committed: TOTAL, recorded: { steps: TOTAL, evaluated: TOTAL, saved: TOTAL }, evaluating: TOTAL },
  { link: 'down', committed: TOTAL, recorded: { steps: TOTAL, evaluated: TOTAL, saved: TOTAL } },
  { leaving: true },
  { run: { ...run, id: null } },
];

const all = (Object.values(states) as (readonly SessionState[])[])
  .flat()
  .flatMap((state) =>
    variants
      .filter((variant) => state.name !== 'joining' || variant.run === undefined)
      .map((variant) => modelIn(state, variant)),
  );

/** What happened, in the words of the effects. */
const acts = (model: SessionModel, event: SessionEvent) => next(model, event).effects.map((effect) => effect.do);
const said = (model: SessionModel, event: SessionEvent) =>
  next(model, event).effects.flatMap((effect) => (effect.do === 'send' ? [effect.message.type] : []));

describe('every event in every state', () => {
  const seen = new Set<string>();
  for (const model of all) {
    for (const [name, instances] of Object.entries(events) as [EventName, readonly SessionEvent[]][]) {
      for (const event of instances) {
        const to = next(model, event).model.state.name;
        if (to !== model.state.name) seen.add(`${model.state.name} ${name} ${to}`);
      }
    }
  }
  const told = transitions().map(({ from, on, to }) => `${from} ${on} ${to}`);

  it('leads where the table says, and nowhere else', () => {
    expect([...seen].toSorted()).toEqual(told.toSorted());
  });

  it('is decided without a change to what was before', () => {
    for (const model of all.filter(({ state }) => state.name !== 'left')) {
      const before = structuredClone(model);
      for (const event of Object.values(events).flat()) next(model, event);
      expect(model).toEqual(before);
    }
  });

  it('does nothing once the session has left', () => {
    const model = modelIn({ name: 'left', verdict });
    for (const event of Object.values(events).flat()) expect(next(model, event)).toMatchObject({ model, effects: [] });
  });

  it('ends the process at most once, as the last thing', () => {
    for (const model of all) {
      for (const event of Object.values(events).flat()) {
        const decision = next(model, event);
        const leaves = decision.effects.filter((effect) => effect.do === 'leave').length;
        const left = decision.model.state.name === 'left' && model.state.name !== 'left';
        if (leaves !== (left ? 1 : 0)) expect.fail(`${model.state.name} ${event.type}: leaves ${leaves} times`);
        if (left) expect(decision.effects.at(-1)!.do).toBe('leave');
      }
    }
  });

  it('says nothing but a greeting or a farewell while the coordinator does not know who speaks', () => {
    for (const model of all.filter(({ link }) => link !== 'up')) {
      for (const event of Object.values(events).flat()) {
        if (event.type === 'welcome' || event.type === 'rejoined') continue;
        const effects = acts(model, event);
        if (effects.includes('hello')) expect(effects).toEqual(['hello']);
      }
    }
  });

  it('leaves nothing to wait for when the generation has ended: links, engine, stint', () => {
    for (const model of all.filter(({ state }) => 'seat' in state)) {
      for (const event of Object.values(events).flat()) {
        const { model: after, effects } = next(model, event);
        if ('seat' in after.state || after.state.name === 'left') continue;
        const ended = effects.map((effect) => effect.do);
        expect(ended).toContain('endGeneration');
        const stepping = model.state.name !== 'connecting' && model.state.name !== 'connected';
        if (stepping) expect(ended.includes('haltEngine') || ended.includes('goOn')).toBe(true);
        if (stepping) expect(after.stint).toBeGreaterThan(model.stint);
      }
    }
  });
});

describe('messages of another generation', () => {
  it('give no seat, where it is no newer than the one before: what peers still send of that would be taken for its own', () => {
    const halted = modelIn({ name: 'halted', generation: G, engineBusy: false });
    const seated = (generation: number) => next(halted, { ...seat, generation }).model.state.name;
    expect([G - 1, G, G + 1].map(seated)).toEqual(['left', 'left', 'connecting']);
  });

  it.each(['connecting', 'connected', 'training', 'draining', 'finishing', 'done', 'stranded', 'halted'] as const)(
    'have no effect in %s',
    (name) => {
      for (const state of states[name]) {
        const model = modelIn(state);
        for (const event of Object.values(events).flat()) {
          if (!('generation' in event) || event.generation !== G - 1 || event.type === 'rejoined') continue;
          expect(next(model, event)).toMatchObject({ model, effects: [] });
        }
      }
    },
  );
});

describe('a halt', () => {
  it('is answered in every state that has a generation, by one that is healed, and again by one that is halted', () => {
    const names = Object.keys(states) as StateName[];
    const answering = names.filter((name) =>
      states[name].every((state) => acts(modelIn(state), { type: 'halt', generation: G }).includes('answer')),
    );
    expect(answering).toEqual([
      'ready',
      'connecting',
      'connected',
      'training',
      'draining',
      'finishing',
      'done',
      'stranded',
      'halted',
    ]);
  });

  it.each([
    ['in a step, if it was not through with it', { name: 'training', seat, held: null }, null, 'stepping'],
    ['while its checkpoint is awaited, not', states.training[2]!, null, false],
    ['in an evaluation', { name: 'training', seat, held: null }, 2, true],
    ['in the last evaluation', { name: 'finishing', seat, uploaded: true }, TOTAL, true],
    ['when all is done, not', { name: 'done', seat }, null, false],
    ['before training, not', { name: 'connected', seat }, null, false],
  ] as const)('finds the engine busy %s', (_, state, evaluating, engineBusy) => {
    const { effects } = next(modelIn(state, { evaluating }), { type: 'halt', generation: G });
    expect(effects.at(-1)).toEqual({ do: 'answer', generation: G, engineBusy, afterGiving: false });
  });
});

describe('a commit', () => {
  const training: SessionState = { name: 'training', seat, held: null };

  it('lets the engine go on before anything is told, or hashed, but not before there is room for its checkpoint', () => {
    expect(acts(modelIn(training), { type: 'committed', generation: G, step: 0, stop: false })).toEqual([
      'goOn',
      'report',
    ]);
    const due = { type: 'committed', generation: G, step: 2, stop: false } as const;
    expect(acts(modelIn(training), due)).toEqual(['report', 'awaitRoom']);
    const { model } = next(modelIn(training), due);
    expect(acts(model, { type: 'room', step: 1 })).toEqual([]);
    expect(acts(model, { type: 'room', step: 2 })).toEqual(['goOn', 'checkpoint']);
    const other: SessionState = { ...training, seat: { ...seat, rank: 1 } };
    expect(acts(modelIn(other), due)).toEqual(['goOn', 'report', 'digests']);
  });

  it('with the stop scalar raised is answered once all is told, without what is due', () => {
    const { model, effects } = next(modelIn(training), { type: 'committed', generation: G, step: 2, stop: true });
    expect(model.state).toEqual({ name: 'halted', generation: G, engineBusy: false });
    expect(effects).toEqual([
      { do: 'report', generation: G },
      { do: 'goOn', step: 2, evaluate: false, last: true },
      { do: 'endGeneration' },
      { do: 'answer', generation: G, engineBusy: false, afterGiving: true },
    ]);
  });

  it('of the last step ends as always, also with the stop scalar raised', () => {
    const { model, effects } = next(modelIn({ name: 'draining', seat: { ...seat, rank: 1 }, held: null }), {
      type: 'committed',
      generation: G,
      step: 5,
      stop: true,
    });
    expect(model.state.name).toBe('finishing');
    expect(effects.map((effect) => effect.do)).toEqual(['goOn', 'report', 'digests', 'awaitUploads']);
    expect(model.evaluating).toBe(TOTAL);
  });

  it('whose generation ends before there is room sends what was due all the same, while it is there', () => {
    const later: readonly SessionState[] = [
      training,
      { name: 'halted', generation: G, engineBusy: false },
      { name: 'stranded', seat, lost: { rank: 1, who: 'worker-1', reason: 'it broke' } },
    ];
    for (const state of later) {
      expect(acts(modelIn(state), { type: 'room', step: 1 })).toEqual(['upload']);
      expect(acts(modelIn(state), { type: 'room', step: 2 })).toEqual([]);
    }
    expect(acts(modelIn({ name: 'joining' }), { type: 'room', step: 1 })).toEqual([]);
  });

  it('of the last step sends its checkpoint before it waits for what is on its way', () => {
    const due = { type: 'committed', generation: G, step: 5, stop: false } as const;
    const { model } = next(modelIn(training), due);
    const { model: complete, effects } = next(model, { type: 'room', step: 5 });
    expect(complete.state.name).toBe('finishing');
    expect(effects.map((effect) => effect.do)).toEqual(['goOn', 'checkpoint', 'awaitUploads']);
  });
});

describe('a lost control connection', () => {
  const down = { type: 'linkDown', closed: NETWORK_LOST } as const;

  it('changes no state: the coordinator is looked for', () => {
    for (const name of [
      'ready',
      'connecting',
      'connected',
      'training',
      'draining',
      'finishing',
      'stranded',
      'halted',
    ] as const) {
      const model = modelIn(states[name][0]!);
      const decision = next(model, down);
      expect(decision.model).toEqual({ ...model, link: 'down' });
      expect(decision.effects.at(-1)).toEqual({ do: 'dial' });
    }
  });

  it('is the end where the coordinator names no run', () => {
    const { model } = next(modelIn({ name: 'training', seat, held: null }, { run: { ...run, id: null } }), down);
    expect(model.state).toMatchObject({ name: 'left', verdict: { exitCode: 75, code: 'COORDINATOR_LOST' } });
  });

  it('is the end where the coordinator has sent it away, which is there still and needs no new start', () => {
    const closed = closedBy('peer', 'outOfTurn', 'b reported step 207, but its next one is 82.');
    const { model } = next(modelIn({ name: 'training', seat, held: null }), { type: 'linkDown', closed });
    const { code, exitCode, message } = (model.state as Extract<SessionState, { readonly name: 'left' }>).verdict;
    expect([code, exitCode]).toEqual(['SENT_AWAY', 75]);
    expect(message).toMatch(/goes on without .*82\)\. Start this worker again to join its run\.$/);
  });

  it('is the end of one who is done, with 0 where all is recorded', () => {
    const saved = { committed: TOTAL, recorded: { steps: TOTAL, evaluated: TOTAL, saved: TOTAL } };
    const { model } = next(modelIn({ name: 'done', seat }, saved), down);
    expect(model.state).toMatchObject({ name: 'left', verdict: { exitCode: 0 } });
    const less = { ...saved, recorded: { ...saved.recorded, saved: TOTAL - 1 } };
    expect(next(modelIn({ name: 'done', seat }, less), down).model.state.name).toBe('done');
  });

  it.each([
    ['connected', 'connected'],
    ['stranded', 'peerLost'],
  ] as const)('leads one who is %s to say %s again when its place is kept', (name, message) => {
    const rejoined = { type: 'rejoined', generation: G, ...recorded } as const;
    const model = modelIn(states[name][0]!, { link: 'greeting' });
    expect(said(model, rejoined)).toEqual([message]);
    expect(acts(model, rejoined).slice(0, 3)).toEqual(['settle', 'recorded', 'resend']);
  });

  it('leads one who is halted to answer again, and one who is done to say so once all is sent', () => {
    const rejoined = { type: 'rejoined', generation: G, ...recorded } as const;
    expect(acts(modelIn(states.halted[0]!, { link: 'greeting' }), rejoined)).toContain('answer');
    const { model, effects } = next(modelIn(states.done[0]!, { link: 'greeting', committed: TOTAL }), rejoined);
    expect(effects.at(-1)).toEqual({ do: 'awaitUploads' });
    expect(said(model, { type: 'uploaded' })).toEqual(['done']);
  });
});

describe('a signal', () => {
  const leaves = (model: SessionModel) => next(model, { type: 'interrupt' });

  it('asks the coordinator, which lets it go', () => {
    for (const name of ['ready', 'connected', 'training', 'draining', 'stranded', 'halted'] as const) {
      const decision = leaves(modelIn(states[name][0]!));
      expect(decision.model).toMatchObject({ leaving: true, state: { name } });
      expect(decision.effects.map((effect) => effect.do)).toEqual(['send', 'wait']);
      // It is not waited for longer than that.
      expect(next(decision.model, { type: 'timeout' }).model.state).toMatchObject({ verdict: { exitCode: 130 } });
    }
  });

  it('ends the process where the coordinator cannot hear, and where it is not part of the run yet', () => {
    const alone = leaves(modelIn({ name: 'training', seat, held: null }, { link: 'down' }));
    expect(alone.model.state).toMatchObject({ name: 'left', verdict: { exitCode: 130 } });
    for (const name of ['joining', 'preparing'] as const) {
      expect(leaves(modelIn(states[name][0]!)).model.state).toMatchObject({ verdict: { exitCode: 130 } });
    }
  });

  it('waits for the end where that is near', () => {
    for (const name of ['finishing', 'done'] as const) expect(leaves(modelIn(states[name][0]!)).effects).toEqual([]);
  });
});

it('makes the first step ready beforehand where others will wait for it', () => {
  for (const heal of [true, false]) {
    const { effects } = next(newSession({ name: 'w', coordinator: 'ws://c' }), { ...welcome, heal });
    expect(effects).toContainEqual({ do: 'prepare', warmUp: heal });
  }
});

describe('a welcome to one who is part of the run', () => {
  it('lets it forget its generation, keep what it made, and be ready at once', () => {
    for (const name of ['ready', 'connecting', 'training', 'done', 'stranded', 'halted'] as const) {
      const { model, effects } = next(modelIn(states[name][0]!, { link: 'greeting' }), { ...welcome, heal: true });
      expect(model).toMatchObject({ state: { name: 'ready' }, link: 'up', committed: 2 });
      const done = effects.map((effect) => effect.do);
      expect(done).not.toContain('prepare');
      expect(done).not.toContain('initialise');
      for (const effect of ['endGeneration', 'haltEngine', 'ceaseAll', 'forget', 'ready'])
        expect(done).toContain(effect);
    }
  });

  it('is answered by its number', () => {
    const { effects } = next(modelIn({ name: 'ready' }), { ...welcome, nth: 2 });
    expect(effects).toContainEqual({ do: 'ready', nth: 2 });
  });

  it('brings it back to the beginning where the run begins there', () => {
    const { model, effects } = next(modelIn({ name: 'halted', generation: G, engineBusy: false }), welcome);
    expect(model).toMatchObject({ state: { name: 'ready' }, committed: 0 });
    expect(effects.map((effect) => effect.do)).toContain('initialise');
  });

  it('sends away one of another run, or of one with other settings', () => {
    const model = modelIn({ name: 'ready' });
    expect(next(model, events.welcome[3]!).model.state).toMatchObject({ verdict: { exitCode: 75, code: 'OTHER_RUN' } });
    expect(next(model, events.welcome[4]!).model.state).toMatchObject({ verdict: { exitCode: 75, code: 'OTHER_JOB' } });
  });
});
