import { describe, expect, it } from 'vitest';
import { type Course, diagnose } from '../../../../src/cli/sweep/results/diagnosis.ts';

const LN10 = Math.log(10);
const evaluations = (...accuracies: readonly number[]): Course['evaluations'] =>
  accuracies.map((accuracy, index) => ({ step: (index + 1) * 10, epoch: index + 1, accuracy, loss: 1 - accuracy }));

const course = (changes: Partial<Course>): Course => ({
  standing: 'done',
  failure: null,
  classes: 10,
  init: 'he_normal',
  firstLoss: 2.5,
  losses: [2.5, 1.2, 0.6, 0.3, 0.2, 0.15, 0.12, 0.1, 0.09, 0.08],
  evaluations: evaluations(0.6, 0.9, 0.905),
  ...changes,
});

describe('diagnose', () => {
  it('has nothing to say of a run that learned', () => {
    expect(diagnose(course({}))).toEqual({ verdict: 'learned', sentence: '' });
  });

  it('says where a run still learned when it ended, and where it overfitted', () => {
    expect(diagnose(course({ evaluations: evaluations(0.5, 0.7) })).sentence).toBe(
      'Still won 20.0 points in the last epoch: more epochs may help.',
    );
    const overfitted = evaluations(0.8, 0.9, 0.9).map((one, index) => ({ ...one, loss: [0.5, 0.3, 0.6][index] ?? 0 }));
    expect(diagnose(course({ evaluations: overfitted }))).toEqual({
      verdict: 'learned',
      sentence: 'Validation loss was lowest, 0.3000, after epoch 2, and ended at 0.6000.',
    });
  });

  it('says that the loss left the numbers, and what it was before', () => {
    const broken = course({ standing: 'diverged', losses: [2.3, 8.5, Number.NaN], evaluations: [] });
    expect(diagnose(broken)).toEqual({
      verdict: 'diverged',
      sentence: 'Diverged: the loss became NaN or infinite after a loss of 8.5000.',
    });
    expect(diagnose({ ...broken, losses: [Number.NaN] }).sentence).toContain('from the first step on');
    expect(diagnose({ ...broken, evaluations: evaluations(0.4) }).sentence).toContain(
      'its best model is from before that',
    );
  });

  it('says so where only an evaluation, or only a gradient, left the numbers', () => {
    const [first, second] = evaluations(0.4, 0.9);
    const broken = course({ standing: 'diverged', evaluations: [first!, { ...second!, loss: Number.NaN }] });
    expect(diagnose(broken).sentence).toBe(
      'Diverged: the validation loss after epoch 2 is NaN or infinite; its best model is from before that.',
    );
    expect(diagnose({ ...broken, evaluations: [] }).sentence).toBe(
      'Diverged: a gradient or a parameter became NaN or infinite after a loss of 0.0800.',
    );
  });

  it('calls a loss that ends above its start diverged, though it is a number', () => {
    const { verdict, sentence } = diagnose(
      course({ firstLoss: 2.4, losses: [2.4, 3, 9, 9], evaluations: evaluations(0.1) }),
    );
    expect(verdict).toBe('diverged');
    expect(sentence).toContain('the loss rose from 2.4000 to 9.0000');
  });

  it('calls a loss that never left ln(classes) dead, and says what zeros do', () => {
    const flat = course({ firstLoss: LN10, losses: [LN10, 2.3, 2.31, 2.3], evaluations: evaluations(0.1, 0.11) });
    expect(diagnose(flat).verdict).toBe('dead');
    // Training batches differ from each other, and units that saturate begin a little off.
    expect(diagnose({ ...flat, firstLoss: 2.45, losses: [2.45, 2.39, 2.3, 2.3] }).verdict).toBe('dead');
    expect(diagnose(flat).sentence).toContain('stays at ln 10 = 2.303');
    expect(diagnose(flat).sentence).not.toContain('zeros');
    expect(diagnose({ ...flat, init: 'zeros' }).sentence).toContain(
      'With zeros, all units of a layer compute the same',
    );
  });

  it('calls a loss that ended at ln(classes) collapsed', () => {
    const fallen = course({ firstLoss: 7, losses: [7, 3, 2.31, 2.3, 2.3], evaluations: evaluations(0.1, 0.1) });
    expect(diagnose(fallen).verdict).toBe('collapsed');
    expect(diagnose(fallen).sentence).toContain('began at 7.0000 and ended at ln 10 = 2.303');
  });

  it('does not call it dead where the accuracy says otherwise, or where the classes are not known', () => {
    const flat = course({ firstLoss: LN10, losses: [LN10, 2.3, 2.29], evaluations: evaluations(0.5, 0.5) });
    expect(diagnose(flat).verdict).toBe('learned');
    expect(diagnose({ ...flat, classes: null, evaluations: evaluations(0.1) }).verdict).toBe('learned');
  });

  it('repeats the sentence of a run that failed', () => {
    const failure = { code: 'NO_DATASET', message: 'There is no folder pets.' };
    expect(diagnose(course({ standing: 'failed', failure }))).toEqual({ verdict: 'failed', sentence: failure.message });
  });

  it.each(['missing', 'begun', 'running', 'interrupted'] as const)('judges no run that is %s', (standing) => {
    expect(diagnose(course({ standing, losses: [Number.NaN] })).verdict).toBe('unfinished');
  });
});
