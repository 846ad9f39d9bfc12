import { expect, it } from 'vitest';
import { carryNames, freeName } from '../../../src/coordinator/membership/member-names.ts';

const isTaken = (members: readonly { readonly name: string }[], name: string) => freeName(members, name, 'w') !== name;
const named = (...names: readonly string[]) => names.map((name) => ({ name }));

it('a name is taken as long as a member has it', () => {
  const first = named('a', 'b');
  expect([isTaken(first, 'a'), isTaken(first, 'c')]).toEqual([true, false]);
  const second = [...first, { name: 'c' }];
  carryNames(first, second, { come: second[2]! });
  const third = second.slice(1);
  carryNames(second, third, { gone: first[0]! });
  const fourth = [{ name: 'b' }, second[2]!];
  carryNames(third, fourth, { gone: first[1]!, come: fourth[0]! });
  expect(['a', 'b', 'c'].map((name) => isTaken(fourth, name))).toEqual([false, true, true]);
});

it('what the members were before can still be asked for', () => {
  const before = named('a');
  isTaken(before, 'a');
  carryNames(before, named('a', 'b'), { come: { name: 'b' } });
  expect([isTaken(before, 'a'), isTaken(before, 'b')]).toEqual([true, false]);
});

it('of a thousand that come one after the other nobody looks at the others', () => {
  let looks = 0;
  let members: readonly { readonly name: string }[] = [];
  for (let n = 0; n < 1_000; n++) {
    const come = {
      get name() {
        looks++;
        return `worker-${n}`;
      },
    };
    expect(isTaken(members, `worker-${n}`)).toBe(false);
    const after = [...members, come];
    carryNames(members, after, { come });
    members = after;
  }
  expect(looks).toBe(1_000);
  expect(isTaken(members, 'worker-500')).toBe(true);
});

it('who wants a name that is taken gets another one, also where that is taken, however long it is', () => {
  const long = 'x'.repeat(120);
  const names: string[] = [];
  for (const wanted of ['x', 'x (w3)', 'x', 'x', long, long, long]) names.push(freeName(named(...names), wanted, 'w3'));
  expect(names.slice(0, 4)).toEqual(['x', 'x (w3)', 'x (w3, 2)', 'x (w3, 3)']);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(128);
});
