import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Place, shareOf, type Standing } from '../../../../src/cli/sweep/grid/scheduler.ts';

const place = (id: string, standing: Standing, code: string | null = null): Place => ({
  id,
  standing,
  failure: code === null ? null : { code, message: `${id} says ${code}` },
});

const standings: readonly Standing[] = ['missing', 'begun', 'running', 'done', 'diverged', 'failed', 'interrupted'];

describe('decide', () => {
  it('starts as many as may run at once, those that have begun first', () => {
    const places = [place('a', 'done'), place('b', 'missing'), place('c', 'begun'), place('d', 'missing')];
    expect(decide(places, 2, false)).toEqual({ start: ['c', 'b'], stop: null });
    expect(decide([...places, place('e', 'running')], 2, false)).toEqual({ start: ['c'], stop: null });
  });

  it('never runs more than may run at once, and never starts what is not waiting', () => {
    const places = fc
      .array(fc.constantFrom(...standings))
      .map((list) => list.map((standing, i) => place(`r${i}`, standing)));
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 5 }), (all, most) => {
        const { start } = decide(all, most, false);
        const running = all.filter(({ standing }) => standing === 'running').length;
        expect(start.length).toBeLessThanOrEqual(Math.max(0, most - running));
        for (const id of start) expect(['missing', 'begun']).toContain(all.find((one) => one.id === id)?.standing);
      }),
    );
  });

  it('starts nothing after Ctrl-C, and has nothing to say once all have run', () => {
    expect(decide([place('a', 'missing')], 1, true)).toEqual({ start: [], stop: 'interrupted' });
    expect(decide([place('a', 'done')], 1, true)).toEqual({ start: [], stop: null });
  });

  it('stops where three runs fail alike and none succeeds, with the sentence of the first', () => {
    const failed = ['a', 'b', 'c'].map((id) => place(id, 'failed', 'NO_DATASET'));
    const { start, stop } = decide([...failed, place('d', 'missing')], 1, false);
    expect(start).toEqual([]);
    expect(stop).toBe('the first 3 runs failed alike: a says NO_DATASET');
    expect(decide([...failed, place('d', 'missing'), place('e', 'done')], 1, false).start).toEqual(['d']);
    expect(decide([...failed.slice(1), place('a', 'failed', 'OTHER'), place('d', 'missing')], 1, false).start).toEqual([
      'd',
    ]);
  });

  it('takes a run that diverged for a result', () => {
    const diverged = ['a', 'b', 'c'].map((id) => place(id, 'diverged'));
    expect(decide([...diverged, place('d', 'missing')], 1, false)).toEqual({ start: ['d'], stop: null });
  });
});

describe('shareOf', () => {
  it('gives every run as many workers as any other', () => {
    expect(shareOf(6, 3)).toBe(2);
    expect(() => shareOf(3, 2)).toThrow(
      '--workers 3 cannot be shared out evenly to --parallel 2 runs. Take 2 or 4 workers',
    );
    expect(() => shareOf(1, 4)).toThrow('Take 4 workers');
  });
});
