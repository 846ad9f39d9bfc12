import { describe, expect, it } from 'vitest';
import { DEADLINES } from '../../../src/coordinator/membership/deadlines.ts';
import type { Input } from '../../../src/coordinator/membership/input.ts';
import type { Member, MemberState, Settled } from '../../../src/coordinator/membership/member.ts';
import type { Phase, PhaseName, RunModel } from '../../../src/coordinator/membership/model.ts';
import { next } from '../../../src/coordinator/membership/next.ts';
import { NOTHING_YET } from '../../../src/coordinator/membership/opening.ts';
import { wakeAt } from '../../../src/coordinator/membership/wake.ts';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import { NETWORK_LOST } from '../../../src/shared/link/channel.ts';
import { facts, NOW, terms } from './known.ts';

const digest = 'd'.repeat(64);
const ready = { step: 0, weightsDigest: digest, engine: 'cpu', device: 'CPU', threads: 1 } as const;
const answer = {
  type: 'weights',
  generation: 1,
  step: 4,
  weightsDigest: digest,
  statisticsDigest: null,
  optimizerDigest: null,
  engineBusy: false,
} as const;
const outcome = { status: 'interrupted', reason: 'Ctrl-C' } as const;

function member(id: string, state: MemberState, link: number | null = Number(id.slice(1))): Member {
  const hello = {
    type: 'hello',
    version: 1,
    name: `worker-${id}`,
    engine: 'cpu',
    device: 'CPU',
    threads: 1,
    address: 'h:1',
  } as const;
  return { id, name: hello.name, hello, remote: 'h:2', link, told: 1, welcomes: 1, leaving: false, state };
}

/** Two members in a state that belongs to the phase, and a third worker that is being healed. */
const SEATED: Readonly<Record<PhaseName, MemberState>> = {
  gathering: { name: 'ready', ready },
  preparing: { name: 'preparing' },
  rewinding: { name: 'ready', ready },
  returning: {
    name: 'away',
    before: { name: 'training', ready },
    since: NOW - 1,
    until: Number.POSITIVE_INFINITY,
    why: 'gone',
  },
  connecting: { name: 'seated', ready, connected: false },
  training: { name: 'training', ready },
  draining: { name: 'training', ready },
  halting: { name: 'training', ready },
  agreeing: { name: 'halted', ready, answer },
  waiting: { name: 'halted', ready, answer },
  saving: { name: 'halted', ready, answer },
  finished: { name: 'halted', ready, answer },
};

const recover = { to: 'recover' } as const;
const end = { to: 'end', outcome } as const;
const until = NOW + 500;
const PHASES: readonly Phase[] = [
  { name: 'gathering', since: NOW - 10, until, remindAt: until },
  { name: 'preparing', need: 2, until },
  { name: 'rewinding' },
  { name: 'returning', until, stranded: [] },
  { name: 'connecting', announced: false, since: 0, until, why: 'w' },
  { name: 'connecting', announced: true, since: 0, until, why: 'w' },
  { name: 'training', admitAt: null, remindAt: null },
  { name: 'draining', aim: recover, until, because: 'w', admits: ['w3'] },
  { name: 'draining', aim: end, until, because: 'w', admits: [] },
  { name: 'halting', aim: recover, until, because: 'w', stalledMs: null, named: [] },
  { name: 'halting', aim: recover, until, because: 'w', stalledMs: 10_000, named: ['w2'] },
  { name: 'halting', aim: end, until, because: 'w', stalledMs: null, named: [] },
  { name: 'agreeing', target: 4, until, because: 'w', admits: ['w3'] },
  { name: 'waiting', target: 4, since: NOW, until, remindAt: until, parkAt: until, because: 'w' },
  { name: 'saving', from: { worker: 'w1', step: 4, asked: true }, until, outcome },
  { name: 'saving', from: null, until: null, outcome },
  { name: 'saving', from: null, until: null, outcome: null },
  { name: 'finished', outcome },
];

function modelIn(phase: Phase): RunModel {
  const state = SEATED[phase.name];
  const away = phase.name === 'returning' ? null : undefined;
  const early = phase.name === 'gathering' || phase.name === 'preparing' || phase.name === 'rewinding';
  const generation = {
    number: 1,
    key: 'k',
    topology: 'mesh',
    firstStep: 0,
    members: ['w1', 'w2'].map((id) => ({ id, name: `worker-${id}`, address: 'h:1' })),
    microbatches: [
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ],
  } as const;
  return {
    ...NOTHING_YET,
    phase,
    members: [
      member('w1', state, away),
      member('w2', state, away),
      member('w3', { name: 'healing', ready, source: 'w2', follow: true, step: 2, heard: NOW - 1 }),
    ],
    came: 3,
    generation: early ? null : generation,
    lastNumber: 1,
    begun: !early,
    base: { step: 0, digest: null },
    probe: { at: NOW - 1, pending: ['w1', 'w2'], silent: [], answered: 0 },
  };
}

const said = (from: string, message: Extract<Input, { type: 'said' }>['message']): Input => ({
  type: 'said',
  from,
  message,
});
const hello = member('w9', { name: 'preparing' }).hello;
const INPUTS: readonly Input[] = [
  { type: 'start' },
  { type: 'complete' },
  { type: 'hello', link: 9, remote: 'h:9', hello },
  {
    type: 'hello',
    link: 9,
    remote: 'h:9',
    hello: { ...hello, held: { run: 'run-1', workerId: 'w1', generation: 1, step: 4, digest } },
  },
  {
    type: 'hello',
    link: 9,
    remote: 'h:9',
    hello: { ...hello, held: { run: 'run-1', workerId: 'w1', generation: 0, step: 2, digest } },
  },
  {
    type: 'hello',
    link: 9,
    remote: 'h:9',
    hello: { ...hello, held: { run: 'x', workerId: 'w1', generation: 1, step: 4, digest } },
  },
  ...['w1', 'w3', 'nobody'].flatMap((from) => [
    said(from, { type: 'ready', step: 0, weightsDigest: digest, engine: 'cpu', device: 'CPU', threads: 1 }),
    said(from, { type: 'connected', generation: 1 }),
    said(from, answer),
    said(from, { type: 'healed', step: 4 }),
    said(from, { type: 'leaving' }),
    said(from, { type: 'failed', code: 'OUT_OF_MEMORY', exitCode: EXIT.internal, message: 'no memory' }),
    said(from, { type: 'failed', code: 'BAD_IMAGE', exitCode: EXIT.badData, message: 'x.png' }),
    said(from, { type: 'peerLost', generation: 1, rank: 1, reason: 'reset' }),
    said(from, { type: 'peerLost', generation: 1, rank: 7, reason: 'reset' }),
    said(from, { type: 'done', step: 30 }),
    { type: 'reported', from } as const,
  ]),
  { type: 'relayed', to: 'w3' },
  { type: 'closed', link: 1, closed: NETWORK_LOST },
  { type: 'closed', link: 3, closed: NETWORK_LOST },
  { type: 'closed', link: 7, closed: NETWORK_LOST },
  { type: 'foldLost', generation: 1, rank: 0, reason: 'reset' },
  { type: 'announced', generation: 1, key: 'k' },
  { type: 'announced', generation: 9, key: 'k' },
  { type: 'rewound', base: { step: 3, digest } },
  { type: 'saved' },
  { type: 'interrupted', reason: 'Ctrl-C' },
  { type: 'hold', hold: 'pause' },
  { type: 'hold', hold: 'save' },
  { type: 'hold', hold: null },
  { type: 'probed', from: 'w1', answers: true },
  { type: 'probed', from: 'w2', answers: false },
  { type: 'exited', exit: EXIT.tryAgain, again: false, name: 'worker-w1', why: 'exit code 70' },
  { type: 'exited', exit: EXIT.tryAgain, again: true, name: 'worker-w2', why: 'exit code 70' },
  { type: 'broken', error: new GradsocketError('X', EXIT.internal, 'x') },
  { type: 'tick' },
];

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Error) && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

const nameOf = (phase: Phase) =>
  `${phase.name}${'aim' in phase ? ` to ${phase.aim.to}` : ''}${'announced' in phase && phase.announced ? ', announced' : ''}`;

describe('the machine of a run', () => {
  it.each(PHASES.map((phase) => [nameOf(phase), phase] as const))(
    'while %s takes everything that can happen',
    (_, phase) => {
      for (const input of INPUTS) {
        for (const now of [NOW, NOW + 1_000, NOW + 3_600_000]) {
          const model = freeze(modelIn(phase));
          const world = { now, facts, terms };
          const after = next(model, input, world);
          const again = next(model, input, world);
          // Pure: the same comes of the same, and what went in is as it was.
          expect([after.model, after.effects]).toEqual([again.model, again.effects]);
          // Every wait ends: by a moment, or by something that was asked for and answers.
          const { phase: into } = after.model;
          const asked = after.effects.some(({ type }) => ['announce', 'rewind', 'flush', 'finish'].includes(type));
          const pending = into === phase || ('from' in into && into.from === null) || into.name === 'rewinding';
          // A pause has no end but that somebody wants it over.
          const ends =
            into.name === 'finished' ||
            after.model.hold === 'pause' ||
            wakeAt(after.model, world) !== null ||
            asked ||
            pending;
          expect(ends, `${JSON.stringify(input)} leads to ${JSON.stringify(into)}`).toBe(true);
          // Every change of the phase has been said, with its reason in the log.
          const logged = after.effects.filter(
            (effect) => effect.type === 'log' && 'state' in effect.entry && !('worker' in effect.entry),
          );
          expect(after.why).toHaveLength(logged.length);
          // A run starts once, before anything else.
          if (input.type !== 'start') expect(JSON.stringify(logged)).not.toContain('unforeseen');
        }
      }
    },
  );

  it.each(['agreeing', 'waiting'] as const)(
    'while %s says of a member that does not come back that it is lost',
    (name) => {
      const phase = PHASES.find((one) => one.name === name)!;
      const gone = { name: 'away', before: SEATED[name] as Settled, since: NOW - 10, until: NOW, why: 'cut' } as const;
      for (const others of [[], [member('w2', SEATED[name])]]) {
        const model = { ...modelIn(phase), members: [member('w1', gone, null), ...others] };
        const lacking = others.length === 0;
        const alone = { ...terms, workers: { ...terms.workers, min: 1 } };
        const { model: into, effects } = next(model, { type: 'tick' }, { now: NOW, facts, terms: alone });
        expect(into.phase.name).toBe(lacking ? 'rewinding' : 'connecting');
        expect(into.members.some(({ id }) => id === 'w1')).toBe(false);
        expect(effects).toContainEqual({
          type: 'tell',
          event: {
            type: 'workerLost',
            worker: 'worker-w1',
            reason: 'cut, and it did not come back',
            cause: 'connection',
          },
        });
        // The run ends: nobody waits for it any more.
        const stopping = { ...model, stopping: { reason: 'Ctrl-C', began: NOW, lookAt: NOW } };
        if (!lacking) continue;
        const ended = next(stopping, { type: 'tick' }, { now: NOW, facts, terms: alone });
        expect(JSON.stringify(ended.effects)).not.toContain('workerLost');
      }
    },
  );

  it('lets nobody in at a step that could not be waited for, until another is committed', () => {
    const draining = { name: 'draining', aim: recover, until: NOW, because: 'w3 is healed', admits: ['w3'] } as const;
    const dropped = next(modelIn(draining), { type: 'tick' }, { now: NOW, facts, terms }).model;
    expect(dropped.phase.name).toBe('halting');
    const healing = { name: 'healing', ready, source: 'w2', follow: true, step: facts.newest, heard: NOW } as const;
    const training = modelIn({ name: 'training', admitAt: null, remindAt: null });
    const members = [...training.members.slice(0, 2), member('w3', healing)];
    const model = { ...training, members, probe: null, hurried: dropped.hurried };
    const more = { ...terms, workers: { ...terms.workers, max: 3 } };
    const phaseAfter = (newest: number) =>
      next(model, { type: 'tick' }, { now: NOW, facts: { ...facts, newest }, terms: more }).model.phase.name;
    expect(phaseAfter(facts.newest)).toBe('training');
    expect(phaseAfter(facts.newest + 1)).toBe('draining');
  });

  it('takes back one that stands still with what it answered, also where a generation was written since', () => {
    const halted = { name: 'halted', ready, answer } as const;
    const away = { name: 'away', before: halted, since: NOW - 10, until: NOW + 500, why: 'cut' } as const;
    const base = modelIn(PHASES.find(({ name }) => name === 'waiting')!);
    const generation = { ...base.generation!, number: 2 };
    const model = { ...base, generation, lastNumber: 2, members: [member('w1', away, null), member('w2', halted)] };
    const held = { run: terms.run, workerId: 'w1', generation: 1, step: answer.step, digest };
    const alone = { ...terms, workers: { ...terms.workers, min: 3, max: 3 } };
    const comes = (one: Omit<typeof held, 'step'> & { readonly step: number }) =>
      next(
        model,
        { type: 'hello', link: 9, remote: 'h:2', hello: { ...member('w1', halted).hello, held: one } },
        { now: NOW, facts, terms: alone },
      );
    expect(comes(held).model.members[0]).toMatchObject({ id: 'w1', link: 9, state: halted });
    expect(JSON.stringify(comes(held).effects)).not.toContain('workerLost');
    // It holds something else than it said, or has heard of another generation: it begins as a new one.
    for (const other of [
      { ...held, step: answer.step - 1 },
      { ...held, generation: 0 },
    ]) {
      expect(JSON.stringify(comes(other).effects)).toContain('workerLost');
    }
  });

  it('takes what was said before a second welcome for what it is', () => {
    const blank = {
      type: 'ready',
      step: 0,
      weightsDigest: 'e'.repeat(64),
      engine: 'cpu',
      device: 'CPU',
      threads: 1,
    } as const;
    const world = { now: NOW, facts, terms };
    const base = modelIn({ name: 'gathering', since: NOW, until: NOW + 500, remindAt: NOW + 500 });
    const anew = { ...member('w1', { name: 'preparing' }), welcomes: 2 };
    const model = { ...base, members: [anew] };
    const says = (message: Extract<Input, { type: 'said' }>['message']) => next(model, said('w1', message), world);
    // It was to be healed then, and holds nothing yet.
    for (const old of [{ ...blank, nth: 1 }, { type: 'healed', step: 4 } as const]) {
      expect([says(old).model.members, says(old).effects]).toEqual([[anew], []]);
    }
    expect(says({ ...blank, nth: 2 }).model.members[0]!.state).toMatchObject({ name: 'ready' });
    // Of an older version it is not known which welcome it answers.
    expect(says(blank).model.members[0]!.state).toMatchObject({ name: 'ready' });
  });

  it('calls back who is through with the plan, and past the step with which the run ends, three times at most', () => {
    const early = { step: 9, reason: 'stopped early' };
    const world = { now: NOW, facts: { ...facts, complete: 9, newest: 9, early }, terms };
    let model = modelIn({ name: 'training', admitAt: null, remindAt: null });
    const done = { name: 'done', ready, step: 30 } as const;
    const seats = { ...model, members: [member('w1', done), member('w2', done)] };
    const phases = [1, 2, 3].map(() => {
      ({ model } = next({ ...seats, again: model.again }, { type: 'tick' }, world));
      return model.phase;
    });
    expect(phases.map(({ name }) => name)).toEqual(['halting', 'halting', 'finished']);
    const { error } = (phases[2] as unknown as { outcome: { error: { code: string; message: string } } }).outcome;
    expect([error.code, error.message]).toEqual([
      'RUN_INCOMPLETE',
      'The run is over after step 9, but nobody sends its checkpoint.',
    ]);
  });

  it('ends as it was to end, where all are through with the plan, and past the step with which the run ends', () => {
    const world = { now: NOW, facts: { ...facts, complete: 9, early: { step: 9, reason: 'stopped early' } }, terms };
    const model = modelIn({ name: 'draining', aim: end, until, because: 'w', admits: [] });
    const done = { name: 'done', ready, step: 30 } as const;
    const { phase } = next(
      { ...model, members: [member('w1', done), member('w2', done)] },
      { type: 'tick' },
      world,
    ).model;
    expect(phase).toMatchObject({ name: 'halting', aim: end });
  });

  it('names who is not let in again where it waited for workers in vain', () => {
    const base = modelIn({ name: 'gathering', since: NOW, until: NOW, remindAt: NOW + 500 });
    const death = {
      step: 2,
      exitCode: 70,
      code: 'ENGINE_FAILED',
      why: 'The engine failed.',
      cause: 'failed',
      before: null,
    } as const;
    const deaths = { a: { ...death, times: 3 }, b: { ...death, times: 2 } };
    const model = { ...base, members: [], generation: null, deaths };
    const alone = { ...terms, workers: { ...terms.workers, min: null } };
    const { phase } = next(model, { type: 'tick' }, { now: NOW, facts, terms: alone }).model;
    const { message } = (phase as unknown as { outcome: { error: Error } }).outcome.error;
    expect(message).toContain(' a died at step 2 3 times in a row, and is not let in again.');
    expect(message).not.toContain(' b died');
  });

  it('numbers what it tells a worker to begin with', () => {
    const model = modelIn({ name: 'rewinding' });
    const { effects, model: after } = next(
      model,
      { type: 'rewound', base: { step: 0, digest: null } },
      { now: NOW, facts, terms },
    );
    expect(effects.filter(({ type }) => type === 'welcome')).toContainEqual({
      type: 'welcome',
      to: 'w1',
      heal: false,
      nth: 2,
    });
    expect(after.members[0]).toMatchObject({ welcomes: 2 });
  });

  it('changes nothing once it is over', () => {
    for (const input of INPUTS) {
      const model = modelIn({ name: 'finished', outcome });
      const after = next(model, input, { now: NOW, facts, terms });
      expect([after.model.phase, after.effects]).toEqual([model.phase, []]);
    }
  });
});

describe('a run whose replicas are not equal', () => {
  const dispute = (...told: readonly string[]) => ({
    since: NOW,
    hasTold: (id: string) => told.includes(id),
    sentence: () => `${told.join(' and ')} differ.`,
  });
  const disputed = (...told: readonly string[]) => ({ ...facts, dispute: dispute(...told) });
  /** Those in which there are replicas. */
  const PENDING = PHASES.filter(({ name }) => !['gathering', 'preparing', 'finished'].includes(name));

  it.each(PENDING.map((phase) => [nameOf(phase), phase] as const))(
    'while %s ends as that, whatever happens, after a moment at the latest',
    (_, phase) => {
      for (const input of INPUTS) {
        const model = freeze(modelIn(phase));
        const { deadlines } = terms;
        const world = { now: NOW, facts: disputed('w1'), terms };
        const { model: after } = next(model, input, world);
        const at = wakeAt(after, world);
        expect(after.phase.name === 'finished' || at === NOW + deadlines.verdict, JSON.stringify(input)).toBe(true);
        const { phase: into } = next(after, { type: 'tick' }, { ...world, now: NOW + deadlines.verdict }).model;
        const code = input.type === 'broken' ? 'X' : 'REPLICAS_DIVERGED';
        expect(into, JSON.stringify(input)).toMatchObject({ name: 'finished', outcome: { error: { code } } });
      }
    },
  );

  const training = modelIn({ name: 'training', admitAt: null, remindAt: null });
  const after = (told: readonly string[], input: Input, now = NOW) => {
    const { phase } = next(training, input, { now, facts: disputed(...told), terms }).model;
    return phase.name === 'finished' && phase.outcome.status === 'failed' ? phase.outcome.error.message : phase.name;
  };

  it('waits for the word of those that have not told', () => {
    expect(after(['w1'], { type: 'reported', from: 'w1' })).toBe('training');
    expect(after(['w1', 'w2'], { type: 'reported', from: 'w2' })).toBe('w1 and w2 differ.');
  });

  it.each([
    ['is lost', { type: 'closed', link: 2, closed: { ...NETWORK_LOST, by: 'them', name: 'goingAway' } }, NOW],
    ['is away', { type: 'closed', link: 2, closed: NETWORK_LOST }, NOW],
    ['keeps silent', { type: 'tick' }, NOW + DEADLINES.verdict],
    ['cannot be waited for, as a person wants the end', { type: 'interrupted', reason: 'Ctrl-C' }, NOW],
  ] as const)('does without one that %s, and says so', (_, input, now) => {
    expect(after(['w1'], input as Input, now)).toBe('w1 differ. worker-w2 had not told by then.');
  });

  it('gives others as long as the slowest step, where that is longer', () => {
    const pace = { ...facts.pace, slowestStepMs: 60_000 };
    const slow = { ...disputed('w1'), pace };
    expect(wakeAt(training, { now: NOW, facts: slow, terms })).toBe(NOW + 60_000);
  });
});
