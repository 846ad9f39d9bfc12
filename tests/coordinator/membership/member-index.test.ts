import { expect, it } from 'vitest';
import { placeOf } from '../../../src/coordinator/membership/member-index.ts';

const membersOf = (...ids: readonly string[]) => ids.map((id) => ({ id }));

it('members are found by their ids, however often they are asked for', () => {
  const members = membersOf('w1', 'w2');
  for (let asked = 0; asked < 3; asked++) {
    expect([placeOf(members, 'w2'), placeOf(members, 'w1'), placeOf(members, 'w3')]).toEqual([1, 0, -1]);
  }
});

it('members that are others, or in other places, are looked for among those', () => {
  expect(placeOf(membersOf('w1', 'w2', 'w3'), 'w2')).toBe(1);
  const after = membersOf('w2', 'w3');
  expect([placeOf(after, 'w1'), placeOf(after, 'w2'), placeOf(after, 'w3')]).toEqual([-1, 0, 1]);
});

it('of a thousand that keep their places each is found without a look at the others', () => {
  let looks = 0;
  const members = Array.from({ length: 1_000 }, (_, n) => ({
    get id() {
      looks++;
      return `v${n}`;
    },
  }));
  for (let n = 0; n < 1_000; n++) placeOf(members, `v${n}`);
  looks = 0;
  const changed = [...members];
  const places = changed.map((_, n) => placeOf(changed, `v${n}`));
  expect(places).toEqual([...places.keys()]);
  expect(looks).toBe(1_000);
});
