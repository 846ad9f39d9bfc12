import { describe, expect, it } from 'vitest';
import { type Measurable, selectSamples } from '../../../src/cli/trained/selection.ts';

/** `t1` would be trained on, `v1` held out; a capital: the data itself says so. */
function samples(...names: readonly string[]): readonly Measurable[] {
  return names.map((name) => ({
    key: name.toLowerCase(),
    part: name.toLowerCase().startsWith('t') ? 'train' : 'validation',
    ownPart: name !== name.toLowerCase(),
  }));
}

const known = { dataset: 'd', train: new Set(['t1', 't2', 't3']), validation: new Set(['v1', 'v2']) };
const changed = { same: false, own: true, known };

describe('of the data of the run, as it was', () => {
  const same = { same: true, own: true, known: null };
  const all = samples('t1', 't2', 't3', 'v1', 'v2');

  it('what was held out is measured, and there is nothing to say', () => {
    expect(selectSamples(all, null, same)).toEqual({
      split: 'validation',
      indexes: [3, 4],
      trainedOn: 0,
      leftOut: 3,
      added: 0,
      notes: [],
    });
  });

  it('training samples are measured where they are asked for, and called so', () => {
    expect(selectSamples(all, 'train', same)).toMatchObject({
      indexes: [0, 1, 2],
      trainedOn: 3,
      notes: [expect.stringMatching(/^These are training samples/)],
    });
    expect(selectSamples(all, 'all', same)).toMatchObject({
      indexes: [0, 1, 2, 3, 4],
      trainedOn: 3,
      notes: [expect.stringMatching(/^3 of these are training samples/)],
    });
  });

  it('a picture that is in both parts is told', () => {
    const twin = [...all, { ...all[0]!, part: 'validation' as const }];
    expect(selectSamples(twin, null, same)).toMatchObject({
      indexes: [3, 4, 5],
      trainedOn: 1,
      notes: ['1 of them has the same bytes as a training sample.'],
    });
  });
});

describe('of the data of the run, changed since', () => {
  // By seed, what was trained on may now lie in the other part.
  const all = samples('v1', 't1', 't2', 't3', 'v9').map((sample) => ({
    ...sample,
    part: sample.key === 't1' ? ('validation' as const) : sample.part,
  }));

  it('what was trained on is left out aloud, what is new and what is gone is counted', () => {
    expect(selectSamples(all, null, changed)).toEqual({
      split: 'unseen',
      indexes: [0, 4],
      trainedOn: 0,
      leftOut: 3,
      added: 1,
      notes: [
        '3 of 5 are left out: the model was trained on them.',
        '1 is new since the run began.',
        "1 of the run's validation samples is not there any more.",
      ],
    });
  });

  it('is never split anew: validation is what the run held out', () => {
    expect(selectSamples(all, 'validation', changed)).toMatchObject({
      split: 'validation',
      indexes: [0],
      leftOut: 3,
      notes: [expect.anything(), '1 is new since the run began, and not measured.', expect.anything()],
    });
    expect(selectSamples(all, 'train', changed)).toMatchObject({ indexes: [1, 2, 3], trainedOn: 3, leftOut: 0 });
    expect(selectSamples(all, 'all', changed)).toMatchObject({ indexes: [0, 1, 2, 3, 4], trainedOn: 3, leftOut: 0 });
  });

  it('has in its own parts what it says itself', () => {
    const own = samples('V1', 'T1', 'V9', 'T9');
    expect(selectSamples(own, 'validation', changed)).toMatchObject({ indexes: [0, 2], added: 1 });
    expect(selectSamples(own, 'train', changed)).toMatchObject({ indexes: [1, 3], trainedOn: 1 });
  });
});

describe('of other data', () => {
  it('all is measured but what was trained on', () => {
    const other = { same: false, own: false, known };
    expect(selectSamples(samples('x1', 'x2'), null, other)).toEqual({
      split: 'all',
      indexes: [0, 1],
      trainedOn: 0,
      leftOut: 0,
      added: 2,
      notes: [],
    });
    expect(selectSamples(samples('x1', 't2'), null, other)).toMatchObject({
      split: 'unseen',
      indexes: [0],
      leftOut: 1,
      notes: ['1 of 2 are left out: the model was trained on them.'],
    });
    expect(selectSamples(samples('t1', 't2'), null, other).indexes).toEqual([]);
  });
});

it('a run that did not keep its samples measures all, and says that it cannot be known', () => {
  expect(selectSamples(samples('x1', 't1'), null, { same: false, own: true, known: null })).toMatchObject({
    split: 'all',
    indexes: [0, 1],
    trainedOn: null,
    leftOut: null,
    notes: [expect.stringMatching(/cannot be known/)],
  });
});
