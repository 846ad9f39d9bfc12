import fc from 'fast-check';
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

  it('knows what was contributed, what is reduced and what is on its way, whatever came before', () => {
    const act = fc.constantFrom('contribute', 'contribute', 'reduce', 'reduce', 'sending', 'sent');
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(act, fc.nat(3)), { maxLength: 60 }),
        (firstStep, buckets, acts) => {
          const ledger = new BucketLedger(firstStep, buckets);
          // Oracles that keep everything: [step, bucket] in order, and the frames of each bucket.
          const due: (readonly [number, number])[] = [];
          for (let step = 0; step < 61; step++)
            for (let bucket = 0; bucket < buckets; bucket++) due.push([step, bucket]);
          const contributed: (readonly [number, number])[] = [];
          const reduced: (readonly [number, number])[] = [];
          const frames = Array.from({ length: buckets }, () => 0);
          for (const [name, any] of acts) {
            const of = any % buckets;
            if (name === 'contribute') {
              const [step, bucket] = due[contributed.length]!;
              if (bucket === 0 && reduced.length < contributed.length) continue;
              ledger.contribute(firstStep + step, bucket);
              contributed.push([step, bucket]);
            } else if (name === 'reduce') {
              if (reduced.length === contributed.length) continue;
              ledger.reduce();
              reduced.push(contributed[reduced.length]!);
            } else {
              if (name === 'sent' && frames[of] === 0) continue;
              ledger[name](of);
              frames[of]! += name === 'sending' ? 1 : -1;
            }
            const next = contributed[reduced.length];
            expect(ledger.next).toEqual(
              next === undefined ? null : { step: firstStep + next[0], stepIndex: next[0], bucket: next[1] },
            );
            expect(ledger.begun).toBe(new Set(contributed.map(([step]) => step)).size);
            for (const [step, bucket] of due.slice(0, contributed.length + buckets + 1)) {
              expect(ledger.has(step, bucket)).toBe(contributed.some((one) => one[0] === step && one[1] === bucket));
            }
            expect(frames.map((_, bucket) => ledger.allSent(bucket))).toEqual(frames.map((count) => count === 0));
          }
        },
      ),
    );
  });
});
