import { describe, expect, it } from 'vitest';
import { faultHook, parseFault } from '../../../src/worker/training/faults.ts';

describe('GRADSOCKET_FAULT', () => {
  it('names a kind, a step and a rank', () => {
    expect(parseFault('exit@step=5,rank=1')).toEqual({ kind: 'exit', step: 5, rank: 1 });
  });

  it('strikes in its step at its rank, and nowhere else', () => {
    const hook = faultHook('fail@step=5,rank=1');
    hook(5, 0);
    hook(4, 1);
    expect(() => hook(5, 1)).toThrow('step 5');
  });

  it('is inert where it is not set', () => {
    faultHook('')(0, 0);
    faultHook(undefined)(0, 0);
  });

  it('is refused where it is not understood, so that no test passes for want of its fault', () => {
    expect(() => parseFault('exit@step=x')).toThrow('GRADSOCKET_FAULT=exit@step=x');
  });
});
