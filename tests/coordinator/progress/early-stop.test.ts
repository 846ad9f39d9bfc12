import { describe, expect, it } from 'vitest';
import { earlyStop, type Watch } from '../../../src/coordinator/progress/early-stop.ts';

const WATCH: Watch = { patience: 3, minDelta: 0, monitor: 'loss', evalEvery: 1 };

/** An evaluation after each epoch of 5 steps. */
function losses(...values: readonly number[]) {
  return values.map((loss, epoch) => ({ step: 5 * (epoch + 1), epoch, loss, accuracy: 1 - loss }));
}

describe('earlyStop', () => {
  it('ends a run with the evaluation that is the last of so many in a row that were no better', () => {
    expect(earlyStop(losses(0.9, 0.5, 0.6, 0.5), WATCH)).toBeNull();
    expect(earlyStop(losses(0.9, 0.5, 0.6, 0.5, 0.7), WATCH)).toEqual({
      step: 25,
      reason: 'stopped early at epoch 5: validation loss did not fall for 3 epochs',
    });
    expect(earlyStop(losses(0.9, 0.8), { ...WATCH, patience: 1 })).toBeNull();
    expect(earlyStop(losses(0.9, 0.9), { ...WATCH, patience: 1 })?.reason).toMatch(/for 1 epoch$/);
  });

  it('counts anew from every evaluation that is better', () => {
    expect(earlyStop(losses(0.9, 0.9, 0.9, 0.8, 0.8, 0.8), WATCH)).toBeNull();
    expect(earlyStop(losses(0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8), WATCH)?.step).toBe(35);
  });

  it('looks at the accuracy where that is monitored', () => {
    const better = losses(0.9, 0.8, 0.7, 0.6).map((one) => ({ ...one, loss: 2 }));
    expect(earlyStop(better, { ...WATCH, monitor: 'accuracy' })).toBeNull();
    expect(earlyStop(better, WATCH)?.step).toBe(20);
    expect(earlyStop(losses(0.5, 0.5, 0.6, 0.7), { ...WATCH, monitor: 'accuracy' })?.reason).toBe(
      'stopped early at epoch 4: validation accuracy did not rise for 3 epochs',
    );
  });

  it('takes for better only what is so by more than --min-delta', () => {
    const slow = losses(0.9, 0.89, 0.88, 0.87);
    expect(earlyStop(slow, WATCH)).toBeNull();
    expect(earlyStop(slow, { ...WATCH, minDelta: 0.05 })?.reason).toMatch(
      /did not fall by more than 0.05 for 3 epochs/,
    );
    // From the best that counted, not from the one before: many small steps are one large one.
    expect(earlyStop(losses(0.9, 0.88, 0.86, 0.84), { ...WATCH, minDelta: 0.05 })).toBeNull();
  });

  it('counts evaluations where there is not one an epoch', () => {
    expect(earlyStop(losses(0.9, 1, 1, 1), { ...WATCH, evalEvery: 2 })?.reason).toMatch(/for 3 evaluations$/);
  });

  it('stops nothing where nobody asked for it, or nothing was evaluated', () => {
    expect(earlyStop(losses(1, 2, 3, 4, 5, 6), { ...WATCH, patience: null })).toBeNull();
    expect(earlyStop([], WATCH)).toBeNull();
  });
});
