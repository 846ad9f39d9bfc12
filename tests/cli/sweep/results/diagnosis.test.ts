import { describe, expect, it } from 'vitest';
import { type Course, diagnose } from '../../../../src/cli/sweep/results/diagnosis.ts';
import { activation, inspection, layer } from './inspections.ts';

const [LN2, LN10] = [Math.log(2), Math.log(10)];
const evaluations = (...accuracies: readonly number[]): Course['evaluations'] =>
  accuracies.map((accuracy, index) => ({
    step: (index + 1) * 10,
    epoch: index + 1,
    accuracy,
    loss: 1 - accuracy,
    samples: 1000,
    largestClass: null,
    answers: null,
  }));

const course = (changes: Partial<Course>): Course => ({
  standing: 'done',
  failure: null,
  classes: 10,
  steps: 300,
  firstLoss: 2.5,
  losses: [2.5, 1.2, 0.6, 0.3, 0.2, 0.15, 0.12, 0.1, 0.09, 0.08],
  evaluations: evaluations(0.6, 0.9, 0.905),
  inspections: [],
  ...changes,
});

/** Of cats and dogs, 200 of them for validation. */
const pets = (accuracies: readonly number[], changes: Partial<Course> = {}): Course =>
  course({
    classes: 2,
    firstLoss: 0.7,
    losses: [0.7, 0.694, 0.693, 0.693],
    evaluations: evaluations(...accuracies).map((one) => ({ ...one, loss: LN2, samples: 200, largestClass: 0.5 })),
    ...changes,
  });

const zeros = inspection({
  layers: [layer('conv1', 0, { alike: true }), layer('fc1', 0, { alike: true }), layer('fc2', 0, { alike: true })],
});
const copies = inspection({
  layers: [layer('conv1', 0.1, { alike: true }), layer('fc1', 0.2, { alike: true }), layer('fc2', 0.2)],
});
const dead = inspection({
  layers: [layer('conv1', 0), layer('fc1', 0), layer('fc2', 0.2)],
  activations: [activation('act1'), activation('fc1.act', { dead: 1 })],
});
const silent = inspection({ activations: [activation('act1', { dead: 1 }), activation('fc1.act')] });
const flat = inspection({
  activations: [activation('act1', { function: 'tanh', saturated: 0.97 }), activation('fc1.act', { function: 'tanh' })],
});
const shut = inspection({ layers: dead.layers, activations: flat.activations });
const vanishing = inspection({ layers: [layer('conv1', 1e-9), layer('fc1', 1e-4), layer('fc2', 0.5)] });

/** What is measured decides, whatever the settings are called. */
const TABLE: readonly (readonly [name: string, run: Course, verdict: string, sentence: RegExp])[] = [
  ['learned', course({}), 'learned', /^$/],
  ['50.0 % in every epoch', pets([0.5, 0.5, 0.5]), 'unlearned', /50\.0 % .* is not above the 50\.0 % of the largest/],
  [
    '50.0 % in every epoch, though the training loss fell',
    pets([0.5, 0.5, 0.5], { losses: [0.7, 0.5, 0.2, 0.05] }),
    'unlearned',
    /fell from 0\.7000 to 0\.0500: what it learned holds for its training images alone/,
  ],
  ['51.7 %, which 200 images do not tell from a half', pets([0.5, 0.517]), 'unlearned', /200 images: between 42\.\d %/],
  ['60 % after one evaluation', pets([0.6]), 'learned', /^$/],
  ['70 %', pets([0.55, 0.7]), 'learned', /Still won 15\.0 points/],
  [
    'the share of a class that nine in ten are of',
    pets([0.9], { evaluations: pets([0.9]).evaluations.map((one) => ({ ...one, largestClass: 0.9 })) }),
    'unlearned',
    /is not above the 90\.0 % of the largest class alone/,
  ],
  ['a loss that never left ln 2', pets([0.5, 0.5]), 'unlearned', /stays at ln 2 = 0\.693, that of a guess/],
  [
    'a first loss of 1.746',
    pets([0.5, 0.5], { firstLoss: 1.746, losses: [1.746, 0.7, 0.693, 0.693] }),
    'unlearned',
    /began at 1\.7460 and ended at 0\.6930, that of a guess \(ln 2/,
  ],
  ['16 steps', pets([0.5], { steps: 16 }), 'early', /^Too early to tell after 16 steps: .* Give it more epochs\.$/],
  [
    'a loss that rose in 16 steps',
    pets([0.5], { steps: 16, losses: [0.7, 9, 14.4] }),
    'early',
    /the loss rose from 0\.7000 to 14\.4000/,
  ],
  ['a loss that rose', pets([0.5], { losses: [0.7, 9, 14.4] }), 'diverged', /the loss rose from 0\.7000 to 14\.4000/],
  [
    '16 steps with units that are copies',
    pets([0.5], { steps: 16, inspections: [copies] }),
    'symmetric',
    /conv1 and fc1/,
  ],
  ['zeros and relu', pets([0.5], { inspections: [zeros] }), 'symmetric', /No gradient reaches conv1 and fc1\./],
  [
    'no gradient below',
    pets([0.5], { steps: 16, inspections: [dead] }),
    'dead',
    /fc1\.act is zero .* reaches conv1 and fc1/,
  ],
  ['units silent for these images alone', pets([0.5], { steps: 16, inspections: [silent] }), 'early', /16 steps/],
  [
    'the same after many steps',
    pets([0.5], { inspections: [silent] }),
    'dead',
    /every unit of act1 is zero for all of 16/,
  ],
  ['flat tanhs', pets([0.5], { inspections: [flat] }), 'saturated', /up to 97\.0 % of the values of act1/],
  [
    'tanhs so flat that no gradient comes through',
    pets([0.5], { steps: 20, inspections: [shut] }),
    'saturated',
    /values of act1 lie where the function is flat\. No gradient reaches conv1 and fc1\./,
  ],
  [
    'a gradient that vanishes',
    pets([0.5], { inspections: [vanishing] }),
    'unlearned',
    /conv1 is 1\.0e-9, the largest 5\.0e-1/,
  ],
  ['looks that show nothing', pets([0.5], { inspections: [dead, inspection()] }), 'unlearned', /is not above/],
  ['dead units of a run that learned', pets([0.7], { inspections: [dead] }), 'learned', /^$/],
  [
    'one answer for all, which was counted',
    pets([0.5], { evaluations: pets([0.5]).evaluations.map((one) => ({ ...one, answers: [200, 0] })) }),
    'unlearned',
    /Every one of the 200 validation images got the same answer/,
  ],
  [
    'learned, and lost again',
    pets([0.8, 0.5]),
    'learned',
    /^Lost it again: 80\.0 % after epoch 1, and 50\.0 % at the end/,
  ],
  ['never evaluated, and a loss that fell', course({ evaluations: [] }), 'learned', /^$/],
  [
    'never evaluated, and a loss that did not',
    course({ evaluations: [], losses: [LN10] }),
    'unlearned',
    /never evaluated/,
  ],
  ['classes that are not known', course({ classes: null }), 'learned', /^$/],
];

describe('diagnose', () => {
  it.each(TABLE)('judges by what was measured: %s', (_, run, verdict, sentence) => {
    const diagnosis = diagnose(run);
    expect(diagnosis.verdict).toBe(verdict);
    expect(diagnosis.sentence).toMatch(sentence);
  });

  it('claims one answer for all, units and gradients only where they were measured', () => {
    const { sentence } = diagnose(pets([0.517]));
    expect(sentence).not.toMatch(/same answer|gradient|unit/);
  });

  it('says where a run still learned when it ended, and where it overfitted', () => {
    expect(diagnose(course({ evaluations: evaluations(0.5, 0.7) })).sentence).toBe(
      'Still won 20.0 points in the last epoch: more epochs may help.',
    );
    const seldom = evaluations(0.5, 0.7).map((one) => ({ ...one, epoch: 5 * one.epoch }));
    expect(diagnose(course({ evaluations: seldom })).sentence).toContain('in the last 5 epochs');
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

  it('repeats the sentence of a run that failed', () => {
    const failure = { code: 'NO_DATASET', message: 'There is no folder pets.' };
    expect(diagnose(course({ standing: 'failed', failure }))).toEqual({ verdict: 'failed', sentence: failure.message });
  });

  it.each(['missing', 'begun', 'running', 'interrupted'] as const)('judges no run that is %s', (standing) => {
    expect(diagnose(course({ standing, losses: [Number.NaN] })).verdict).toBe('unfinished');
  });
});
