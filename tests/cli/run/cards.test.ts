import { describe, expect, it } from 'vitest';
import { cardOf, visibleCards } from '../../../src/cli/run/cards.ts';

const none = () => 0;

describe('the cards of workers', () => {
  it('are all that the driver knows, or those that are named', () => {
    expect(visibleCards(undefined, () => 3)).toEqual(['0', '1', '2']);
    expect(visibleCards(undefined, none)).toEqual([]);
    expect(visibleCards('2, 0', () => 4)).toEqual(['2', '0']);
    expect(visibleCards('GPU-8932f937,MIG-1', none)).toEqual(['GPU-8932f937', 'MIG-1']);
  });

  it('end where CUDA would stop to look', () => {
    expect(visibleCards('', () => 4)).toEqual([]);
    expect(visibleCards('-1', () => 4)).toEqual([]);
    expect(visibleCards('1,-1,2', () => 4)).toEqual(['1']);
  });

  it('are dealt in turn, one to each', () => {
    const cards = ['2', '0'];
    const dealt = [0, 1, 2, 3].map((worker) => cardOf(worker, cards));
    expect(dealt).toEqual(['2', '0', '2', '0'].map((card) => ({ CUDA_VISIBLE_DEVICES: card })));
  });

  it('are left alone where there is one, or none', () => {
    expect(cardOf(1, ['0'])).toEqual({});
    expect(cardOf(1, [])).toEqual({});
  });
});
