import { describe, expect, it } from 'vitest';
import { Strangers } from '../../../src/shared/link/strangers.ts';

function crowd(limits: { readonly all: number; readonly ofOneAddress: number }) {
  const ended: string[] = [];
  const strangers = new Strangers(limits);
  const come = (address: string, port: number) =>
    strangers.add(address, `${address}:${port}`, { destroy: () => ended.push(`${address}:${port}`) });
  return { strangers, come, ended };
}

describe('strangers', () => {
  it('of one address push out their own oldest, and nobody else', () => {
    const { strangers, come, ended } = crowd({ all: 100, ofOneAddress: 2 });
    come('10.0.0.9', 1);
    expect([come('10.0.0.1', 1), come('10.0.0.1', 2), come('10.0.0.1', 3)]).toEqual([null, null, '10.0.0.1:1']);
    expect(ended).toEqual(['10.0.0.1:1']);
    expect(strangers.size).toBe(3);
  });

  it('of many addresses push out the oldest of the one that has the most', () => {
    const { come, ended } = crowd({ all: 5, ofOneAddress: 100 });
    come('10.0.0.9', 1);
    for (const port of [1, 2, 3, 4]) come('10.0.0.1', port);
    expect(come('10.0.0.2', 1)).toBe('10.0.0.1:1');
    expect(come('10.0.0.2', 2)).toBe('10.0.0.1:2');
    expect(ended).toHaveLength(2);
  });

  it('leave room once they are known or gone', () => {
    const { strangers, come, ended } = crowd({ all: 1, ofOneAddress: 1 });
    come('10.0.0.1', 1);
    expect(strangers.remove('10.0.0.1', '10.0.0.1:1')).toBe(true);
    expect(strangers.remove('10.0.0.1', '10.0.0.1:1')).toBe(false);
    expect(come('10.0.0.1', 2)).toBeNull();
    expect([strangers.size, ended]).toEqual([1, []]);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8::1', '2001:db8::2', true],
    ['2001:db8::1:2:3:4', '2001:db8::9:2:3:4', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
  ])('of %s and %s are of one network: %s', (one, other, same) => {
    const { come, ended } = crowd({ all: 100, ofOneAddress: 1 });
    come(one, 1);
    come(other, 1);
    expect(ended).toEqual(same ? [`${one}:1`] : []);
  });
});
