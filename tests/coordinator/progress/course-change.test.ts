import { describe, expect, it } from 'vitest';
import { changeOf, changeText, jobBefore, sameAgain } from '../../../src/coordinator/progress/course-change.ts';
import { completeJob } from '../../../src/coordinator/store/job-file.ts';
import { jobFingerprint } from '../../../src/shared/checkpoint/fingerprint.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const FIRST = completeJob(jobSchema.parse({ lr: 0.5, epochs: 3 }));
const SECOND = { ...FIRST, lr: 0.1 };
const THIRD = { ...SECOND, schedule: 'cosine', epochs: 9 } as const;
const CHANGES = [changeOf(FIRST, SECOND, 10)!, changeOf(SECOND, THIRD, 20)!];
const fingerprint = (job: typeof FIRST) => jobFingerprint(job, { datasetDigest: 'd', microbatches: 2 });

describe('what a run changes on the way', () => {
  it('is the settings that differ, as they were and as they become', () => {
    expect(CHANGES).toEqual([
      { step: 10, from: { lr: 0.5 }, to: { lr: 0.1 } },
      { step: 20, from: { schedule: 'constant', epochs: 3 }, to: { schedule: 'cosine', epochs: 9 } },
    ]);
    expect(changeText(CHANGES[0]!)).toBe('--lr 0.1 instead of 0.5');
    expect(changeText({ from: { clipNorm: null }, to: { clipNorm: 2 } })).toBe('--clip-norm 2 instead of not set');
  });

  it('is nothing where a setting stands at what it stood for, or decides no weights', () => {
    expect(changeOf(completeJob(jobSchema.parse({})), jobSchema.parse({ lr: 0.03, epochs: 50 }), 5)).toBeNull();
  });

  it.each([
    [5, FIRST],
    [10, FIRST],
    [11, SECOND],
    [20, SECOND],
    [21, THIRD],
  ])('tells which job the checkpoint after step %i was trained with', (step, job) => {
    expect(fingerprint(jobBefore(THIRD, CHANGES, step))).toBe(fingerprint(job));
  });

  it('is none where a run that diverged goes on as it was, whatever had changed before', () => {
    const diverged = { status: 'diverged', steps: 26 } as const;
    expect(sameAgain(diverged, SECOND, SECOND)).toMatch(/^This run diverged at step 26, and nothing has changed since/);
    expect(sameAgain(diverged, SECOND, { ...SECOND, lr: 0.01 })).toBeNull();
    expect(sameAgain({ status: 'interrupted', steps: 26 }, SECOND, SECOND)).toBeNull();
    expect(sameAgain(null, SECOND, SECOND)).toBeNull();
  });
});
