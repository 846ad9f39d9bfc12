import { describe, expect, it } from 'vitest';
import { BucketLedger } from '../../src/collective/bucket-ledger.ts';

describe('the ledger of buckets', () => {
  it('is idle between two steps alone: not where all that came of a step is reduced', () => {
    const ledger = new BucketLedger(7, 2);
    const idle: boolean[] = [ledger.idle];
    for (const step of [7, 8]) {
      for (const bucket of [0, 1]) {
        ledger.contribute(step, bucket);
        idle.push(ledger.idle);
        ledger.reduce();
        idle.push(ledger.idle);
      }
    }
    expect(idle).toEqual([true, false, false, false, true, false, false, false, true]);
  });

  it('counts a step as begun with its first bucket', () => {
    const ledger = new BucketLedger(0, 3);
    const begun = [ledger.begun];
    for (const [step, bucket] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
    ] as const) {
      ledger.contribute(step, bucket);
      while (ledger.next !== null) ledger.reduce();
      begun.push(ledger.begun);
    }
    expect(begun).toEqual([0, 1, 1, 1, 2]);
  });

  it('refuses a step before the one before it is reduced, whose sums its contributions would be written over', () => {
    const ledger = new BucketLedger(4, 1);
    ledger.contribute(4, 0);
    expect(() => ledger.contribute(5, 0)).toThrow('step 5 cannot begin: step 4 is not reduced');
    ledger.reduce();
    ledger.contribute(5, 0);
    expect(ledger.next).toEqual({ step: 5, stepIndex: 1, bucket: 0 });
  });

  it('refuses buckets and steps out of order', () => {
    for (const [step, bucket] of [
      [4, 1],
      [5, 0],
      [3, 0],
    ] as const) {
      expect(() => new BucketLedger(4, 2).contribute(step, bucket)).toThrow(
        `bucket 0 of step 4 is due, not bucket ${bucket} of step ${step}`,
      );
    }
  });
});
