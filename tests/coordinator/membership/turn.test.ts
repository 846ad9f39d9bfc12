import { expect, it } from 'vitest';
import type { Member } from '../../../src/coordinator/membership/member.ts';
import type { RunModel } from '../../../src/coordinator/membership/model.ts';
import { countOf, tallyOf } from '../../../src/coordinator/membership/tally.ts';
import { Turn } from '../../../src/coordinator/membership/turn.ts';
import { facts, NOW, terms } from './known.ts';

const memberOf = (id: string) => ({ id, name: id, link: 1, told: 0, state: { name: 'preparing' } }) as Member;

function turnOf(...ids: readonly string[]) {
  const members = ids.map(memberOf);
  const model = { members, generation: null } as unknown as RunModel;
  return { turn: new Turn(model, NOW, facts, terms), before: members, told: [...members] };
}

it('what a turn changes is in its model, and not in the one that it began with', () => {
  const { turn, before, told } = turnOf('a', 'b', 'c');
  turn.change('b', { told: 7 });
  turn.add(memberOf('d'));
  turn.remove('a');
  turn.put('d', { name: 'ready' } as Member['state']);
  expect(turn.model.members.map(({ id, told: number, state }) => [id, number, state.name])).toEqual([
    ['b', 7, 'preparing'],
    ['c', 0, 'preparing'],
    ['d', 0, 'ready'],
  ]);
  expect(before).toEqual(told);
});

it('members are copied once, however many of them change', () => {
  const { turn } = turnOf('a', 'b', 'c');
  turn.change('a', { told: 1 });
  const { members } = turn.model;
  for (const id of ['a', 'b', 'c']) turn.change(id, { told: 2 });
  expect(turn.model.members).toBe(members);
  turn.add(memberOf('d'));
  const more = turn.model.members;
  expect(more).not.toBe(members);
  turn.change('d', { told: 3 });
  expect(turn.model.members).toBe(more);
});

it('what was asked of the members before one of them changed is found out anew', () => {
  const { turn } = turnOf('a', 'b');
  turn.change('a', { told: 1 });
  expect([turn.joiners.length, countOf(tallyOf(turn.model.members).linked, 'preparing')]).toEqual([2, 2]);
  turn.change('a', { link: null });
  expect([turn.joiners.length, countOf(tallyOf(turn.model.members).linked, 'preparing')]).toEqual([1, 1]);
  turn.add({ ...memberOf('c'), name: 'x' });
  turn.remove('b');
  expect(turn.joiners.map(({ id }) => id)).toEqual(['c']);
});
