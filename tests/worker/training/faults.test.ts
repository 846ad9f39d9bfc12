import { describe, expect, it } from 'vitest';
import { type Fault, faultHook, parseFaults } from '../../../src/worker/training/faults.ts';

describe('GRADSOCKET_FAULT', () => {
  it('names a kind, a step and a rank, and a point of the step', () => {
    expect(parseFaults('exit@step=5,rank=1')).toEqual([{ kind: 'exit', step: 5, rank: 1, point: 'computing' }]);
    expect(parseFaults('stop@step=5,rank=1,point=half-sent; hang@step=6,rank=0')).toEqual([
      { kind: 'stop', step: 5, rank: 1, point: 'half-sent' },
      { kind: 'hang', step: 6, rank: 0, point: 'computing' },
    ]);
  });

  it('strikes in its step at its rank and point, and nowhere else', () => {
    const hook = faultHook('fail@step=5,rank=1');
    hook('computing', 5, 0);
    hook('computing', 4, 1);
    hook('before-send', 5, 1);
    expect(() => hook('computing', 5, 1)).toThrow('step 5 (computing)');
  });

  it('strikes once, so that a step that is run again is not struck again', () => {
    const struck: Fault[] = [];
    const hook = faultHook('stop@step=5,rank=1;stop@step=5,rank=1,point=healing', (fault) => void struck.push(fault));
    hook('computing', 5, 1);
    hook('computing', 5, 1);
    expect(struck.map(({ point }) => point)).toEqual(['computing']);
    // Whoever is healed has no rank, and may be given a later step.
    hook('healing', 4, 0);
    hook('healing', 7, 0);
    hook('healing', 8, 0);
    expect(struck.map(({ point }) => point)).toEqual(['computing', 'healing']);
  });

  it('is inert where it is not set', () => {
    faultHook('')('computing', 0, 0);
    faultHook(undefined)('computing', 0, 0);
  });

  it('is refused where it is not understood, so that no test passes for want of its fault', () => {
    for (const wrong of [
      'exit@step=x',
      'exit@step=1,rank=0,point=nowhere',
      'exit@step=1,rank=0;',
      'burn@step=1,rank=0',
    ]) {
      expect(() => parseFaults(wrong)).toThrow(`GRADSOCKET_FAULT=${wrong}`);
    }
  });
});
