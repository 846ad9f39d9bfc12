import { expect, it } from 'vitest';
import type { Effect } from '../../../src/coordinator/membership/effect.ts';
import { Machine } from '../../../src/coordinator/membership/machine.ts';
import type { RunModel } from '../../../src/coordinator/membership/model.ts';
import { NOTHING_YET } from '../../../src/coordinator/membership/opening.ts';
import { FakeClock } from '../fake-clock.ts';
import { facts, terms } from './known.ts';

const gathering: RunModel = {
  ...NOTHING_YET,
  phase: { name: 'gathering', since: 0, until: 50_000, remindAt: 1_000 },
  lastNumber: 0,
  base: { step: 0, digest: null },
};

/** `act` may give the machine more to do, or throw. */
function machine(act: (effect: Effect, machine: Machine) => void = () => undefined) {
  const clock = new FakeClock();
  const done: Effect[] = [];
  const made: Machine = new Machine({
    model: gathering,
    clock,
    facts,
    terms,
    act: (effect) => {
      done.push(effect);
      act(effect, made);
    },
  });
  return { clock, done, machine: made };
}

const hello = (link: number) => {
  const said = { type: 'hello', version: 1, engine: 'cpu', device: 'CPU', threads: 1, address: 'h:1' } as const;
  return { type: 'hello', link, remote: 'h:2', hello: { ...said, name: `worker-${link}` } } as const;
};

it('takes what comes of what is done after all that is to be done', () => {
  const apart = machine();
  apart.machine.take(hello(1));
  const first = apart.done.length;
  apart.machine.take(hello(2));
  const within = machine((effect, itself) => {
    if (effect === within.done[0]) itself.take(hello(2));
  });
  within.machine.take(hello(1));
  expect(first).toBeGreaterThan(1);
  expect(within.done).toEqual(apart.done);
  expect(within.machine.model).toEqual(apart.machine.model);
});

it('ends the run where something cannot be done', () => {
  const { machine: broken, done } = machine((effect) => {
    if (effect.type === 'adopt-link') throw new Error('no');
  });
  broken.take(hello(1));
  expect(done.at(-1)).toMatchObject({ type: 'finish', outcome: { status: 'failed', error: { code: 'INTERNAL' } } });
});

it('looks again when it has to, and once for what has passed', () => {
  const { machine: waiting, clock, done } = machine();
  waiting.take(hello(1));
  const before = done.length;
  clock.advance(999);
  expect(done).toHaveLength(before);
  clock.advance(1);
  expect(done.length).toBeGreaterThan(before);
  expect(clock.pending).toBe(1);
});
