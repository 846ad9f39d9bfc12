import { describe, expect, it } from 'vitest';
import { standingOf } from '../../../../src/cli/sweep/results/standing.ts';
import { DIVERGED } from '../../../../src/shared/checkpoint/finite.ts';
import { gridOf } from '../settings.ts';
import { recordOf } from './results.ts';

const cell = gridOf({ seed: '1,2', epochs: '3' }).cells[0]!;
const record = recordOf(cell, [0.9]);
const summary = record.summary!;
const standing = (changes: Parameters<typeof recordOf>[2], job = cell.job) =>
  standingOf({ ...record, ...changes }, job, 'runs/x');

describe('standingOf', () => {
  it('recognises a finished run by summary and job', () => {
    expect(standing({})).toBe('done');
    expect(standing({ job: { ...cell.job, lr: 0.01, momentum: 0.9 } })).toBe('done');
  });

  it('lets a run go on that was interrupted, lost, failed, or is to have more epochs now', () => {
    expect(standing({ summary: null })).toBe('begun');
    expect(standing({ summary: { ...summary, status: 'interrupted' } })).toBe('begun');
    expect(standing({ summary: { ...summary, status: 'failed' }, failure: { code: 'WORKER_LOST', message: '' } })).toBe(
      'begun',
    );
    expect(standing({}, { ...cell.job, epochs: 5 })).toBe('begun');
  });

  it('does not run again what diverged, unless a later part of the run did better', () => {
    const failure = { code: DIVERGED, message: 'The loss is NaN.' };
    expect(standing({ summary: { ...summary, status: 'failed' }, failure })).toBe('diverged');
    expect(standing({ failure })).toBe('done');
    expect(standing({ summary: { ...summary, status: 'diverged' }, failure })).toBe('diverged');
  });

  it('does not believe the word of an older version that a run is done whose validation loss is no number', () => {
    const evaluations = record.evaluations.map((evaluation) => ({ ...evaluation, loss: Number.NaN }));
    expect(standing({ evaluations })).toBe('diverged');
  });

  it('recognises a run whose images are prepared as its weights want them', () => {
    const job = { ...cell.job, weights: '/a.safetensors', weightsSha256: 'a'.repeat(64) };
    const begun = {
      ...job,
      colour: 'rgb',
      resize: '256:224',
      interpolation: 'bilinear',
      normalise: 'imagenet',
    } as const;
    expect(standing({ job: begun }, job)).toBe('done');
    expect(standing({ job: begun }, { ...job, weightsSha256: null })).toBe('done');
    expect(() => standing({ job: begun }, { ...job, normalise: 'dataset' })).toThrow(/--normalize imagenet/);
  });

  it('calls a run missing that has no folder', () => {
    expect(standingOf(null, cell.job, 'runs/x')).toBe('missing');
  });

  it('refuses the folder of another run, by the setting that differs', () => {
    expect(() => standing({}, { ...cell.job, batch: 32 })).toThrow(
      'runs/x holds a run with --batch 64, and this sweep asks',
    );
  });
});
