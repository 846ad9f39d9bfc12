import { describe, expect, it } from 'vitest';
import { Offenders } from '../../../src/shared/link/offenders.ts';

function watched() {
  const clock = { now: 0 };
  const offenders = new Offenders(() => clock.now);
  const floods = (address: string, times: number) => {
    for (let n = 0; n < times; n++) offenders.flooded(address);
  };
  return { clock, offenders, floods };
}

describe('an address that floods', () => {
  it('waits for nothing the first four times, then twice as long each time, and no longer than 5 s', () => {
    const { offenders, floods } = watched();
    const waits = Array.from({ length: 12 }, () => {
      floods('10.0.0.1', 1);
      return offenders.waitMs('10.0.0.1');
    });
    expect(waits).toEqual([0, 0, 0, 0, 125, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it('is forgiven when nothing more has come of it for a minute', () => {
    const { clock, offenders, floods } = watched();
    floods('10.0.0.1', 5);
    clock.now = 59_999;
    expect(offenders.waitMs('10.0.0.1')).toBe(125);
    clock.now = 60_000;
    expect(offenders.waitMs('10.0.0.1')).toBe(0);
    floods('10.0.0.1', 1);
    expect(offenders.waitMs('10.0.0.1')).toBe(0);
  });

  it('keeps no other address waiting, but its own /64 of IPv6', () => {
    const { offenders, floods } = watched();
    floods('2001:db8::1', 20);
    expect(['2001:db8::2', '2001:db8:0:1::1', '10.0.0.1'].map((address) => offenders.waitMs(address))).toEqual([
      5000, 0, 0,
    ]);
  });

  it('is one of the newest as soon as it floods again', () => {
    const { offenders, floods } = watched();
    for (let n = 0; n < 1024; n++) floods(`10.0.${n >> 8}.${n & 255}`, 5);
    floods('10.0.0.0', 1);
    floods('10.1.0.0', 5);
    expect(['10.0.0.0', '10.0.0.1'].map((address) => offenders.waitMs(address))).toEqual([250, 0]);
  });

  it('is forgotten for 1,024 newer ones', () => {
    const { offenders, floods } = watched();
    for (let n = 0; n <= 1024; n++) floods(`10.0.${n >> 8}.${n & 255}`, 5);
    expect(offenders.waitMs('10.0.0.0')).toBe(0);
    expect(offenders.waitMs('10.0.0.1')).toBe(125);
  });
});
