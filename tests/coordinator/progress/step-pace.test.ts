import { describe, expect, it } from 'vitest';
import { StepPace } from '../../../src/coordinator/progress/step-pace.ts';

const held = (shares: Readonly<Record<string, number>>) => new Map(Object.entries(shares));

describe('what a step is known to take', () => {
  it('is nothing before the first one, then the slowest one, which the first one is only while it is the only one', () => {
    const pace = new StepPace();
    pace.open(held({ a: 2, b: 2 }));
    expect([pace.slowestMs, pace.untried]).toEqual([null, true]);
    pace.step(900);
    expect([pace.slowestMs, pace.untried]).toEqual([900, false]);
    for (const ms of [100, 140, 120]) pace.step(ms);
    expect(pace.slowestMs).toBe(140);
  });

  it('is known in the first step of a later generation, and grows with the largest share', () => {
    const pace = new StepPace();
    pace.open(held({ a: 2, b: 2 }));
    for (const ms of [900, 100]) pace.step(ms);
    pace.open(held({ a: 4 }));
    expect([pace.slowestMs, pace.untried]).toEqual([200, false]);
    // Nobody has done a step of it.
    pace.open(held({ a: 2, b: 2 }));
    expect(pace.slowestMs).toBe(100);
    pace.open(held({ a: 1, b: 1 }));
    expect(pace.slowestMs).toBe(100);
    for (const ms of [80, 60]) pace.step(ms);
    expect(pace.slowestMs).toBe(60);
  });

  it('is not known of one that has done none, nor of one that was not there for a while', () => {
    const pace = new StepPace();
    pace.open(held({ a: 2, b: 2 }));
    pace.step(100);
    pace.open(held({ a: 2, c: 2 }));
    expect(pace.untried).toBe(true);
    pace.step(100);
    expect(pace.untried).toBe(false);
    pace.open(held({ a: 2, b: 2 }));
    expect(pace.untried).toBe(true);
  });

  it('is what is on record, where workers may be at the next step of a run whose coordinator was started again', () => {
    const pace = new StepPace(250);
    pace.open(held({ a: 2, b: 2 }));
    expect([pace.slowestMs, pace.untried]).toEqual([250, true]);
  });
});
