import { expect, it } from 'vitest';
import type { Member, MemberState } from '../../../src/coordinator/membership/member.ts';
import { carryTally, countOf, tallyOf, total } from '../../../src/coordinator/membership/tally.ts';

const PREPARING: MemberState = { name: 'preparing' };
const READY = { name: 'ready' } as MemberState;
const AWAY = { name: 'away' } as MemberState;

function memberOf(id: string, state: MemberState, link: number | null = 1): Member {
  return { id, state, link } as Member;
}

it('members are counted by what they are, and those that are connected besides', () => {
  const members = [memberOf('w1', READY), memberOf('w2', PREPARING), memberOf('w3', AWAY, null)];
  const { all, linked } = tallyOf(members);
  expect([total(all), total(linked)]).toEqual([3, 2]);
  expect([countOf(all, 'away'), countOf(linked, 'away'), countOf(linked, 'ready', 'preparing')]).toEqual([1, 0, 2]);
});

it('one that comes, changes or goes is counted without a look at the others', () => {
  const looks: string[] = [];
  const watched = (member: Member): Member =>
    Object.defineProperty({ ...member }, 'state', {
      get: () => {
        looks.push(member.id);
        return member.state;
      },
    });
  const first = watched(memberOf('w1', PREPARING));
  let members: readonly Member[] = [first, ...['w2', 'w3'].map((id) => watched(memberOf(id, READY)))];
  tallyOf(members);
  looks.length = 0;
  const become = (after: readonly Member[], difference: Parameters<typeof carryTally>[2]): void => {
    carryTally(members, after, difference);
    members = after;
  };
  const come = watched(memberOf('w4', READY));
  become([...members, come], { come });
  const now = watched(memberOf('w1', AWAY, null));
  become([now, ...members.slice(1)], { gone: first, come: now });
  become(members.slice(0, -1), { gone: come });
  const carried = tallyOf(members);
  expect(new Set(looks)).toEqual(new Set(['w4', 'w1']));
  const anew = tallyOf([...members]);
  for (const of of ['all', 'linked'] as const) {
    for (const name of ['preparing', 'ready', 'away'] as const) {
      expect(countOf(carried[of], name)).toBe(countOf(anew[of], name));
    }
  }
  expect([total(carried.all), total(carried.linked)]).toEqual([3, 2]);
});
