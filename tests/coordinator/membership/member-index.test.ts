import { expect, it } from 'vitest';
import type { Member } from '../../../src/coordinator/membership/member.ts';
import { MemberIndex } from '../../../src/coordinator/membership/member-index.ts';

const membersOf = (...ids: readonly string[]) => ids.map((id) => ({ id })) as unknown as readonly Member[];

it('members are found by their ids, however often they are asked for', () => {
  const index = new MemberIndex();
  const members = membersOf('w1', 'w2');
  for (let asked = 0; asked < 40; asked++) {
    expect(index.find(members, 'w2')).toBe(members[1]);
    expect(index.find(members, 'w3')).toBeUndefined();
  }
});

it('members that are others are looked for among those', () => {
  const index = new MemberIndex();
  const before = membersOf('w1', 'w2');
  for (let asked = 0; asked < 40; asked++) index.find(before, 'w1');
  const after = membersOf('w2', 'w3');
  expect(index.find(after, 'w1')).toBeUndefined();
  expect(index.find(after, 'w3')).toBe(after[1]);
});
