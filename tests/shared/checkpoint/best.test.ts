import { describe, expect, it } from 'vitest';
import { bestIn, isBetter, type Measured } from '../../../src/shared/checkpoint/best.ts';

const measured = (validationAccuracy: number, validationLoss: number | null): Measured => ({
  validationAccuracy,
  validationLoss,
});

describe('isBetter', () => {
  const before = measured(0.8, 0.5);
  it('goes by the highest accuracy or the lowest loss, as monitored', () => {
    expect(isBetter('accuracy', measured(0.9, 0.6), before)).toBe(true);
    expect(isBetter('loss', measured(0.9, 0.6), before)).toBe(false);
    expect(isBetter('accuracy', measured(0.7, 0.4), before)).toBe(false);
    expect(isBetter('loss', measured(0.7, 0.4), before)).toBe(true);
  });

  it.each(['accuracy', 'loss'] as const)('leaves the older one where they are equal (%s)', (monitor) => {
    expect(isBetter(monitor, before, before)).toBe(false);
    expect(isBetter(monitor, before, null)).toBe(true);
  });

  it('never takes what is no finite number, and takes anything else instead of it', () => {
    for (const loss of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(isBetter('loss', measured(1, loss), null)).toBe(false);
      expect(isBetter('loss', measured(0, 99), measured(1, loss))).toBe(true);
    }
    expect(isBetter('accuracy', measured(Number.NaN, 0), null)).toBe(false);
    expect(isBetter('loss', measured(0.1, 3), measured(0.9, null))).toBe(true);
  });
});

describe('bestIn', () => {
  it('reads what is written now and what was before there was a monitor', () => {
    const best = { step: 3, monitor: 'loss', validationAccuracy: 0.5, validationLoss: 0.25 } as const;
    expect(bestIn(JSON.stringify(best))).toEqual(best);
    expect(bestIn('{"step":3,"validationAccuracy":0.5}')).toEqual({
      ...best,
      monitor: 'accuracy',
      validationLoss: null,
    });
  });

  it.each(['', '{', 'null', '[]', '{"step":-0.5,"validationAccuracy":1}', '{"step":1,"validationAccuracy":null}'])(
    'says nothing of %j',
    (text) => {
      expect(bestIn(text)).toBeNull();
    },
  );
});
