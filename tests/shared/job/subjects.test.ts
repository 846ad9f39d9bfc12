import { expect, it } from 'vitest';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { launchOptions, sweepOptions, workerOptions } from '../../../src/shared/job/options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { subjectOf, USUAL } from '../../../src/shared/job/subjects.ts';

it.each([
  ['imageSize', 'Data'],
  ['normalise', 'Data'],
  ['flip', 'Augmentation'],
  ['mixup', 'Augmentation'],
  ['dropout', 'Network'],
  ['weights', 'Network'],
  ['beta1', 'Optimizer'],
  ['labelSmoothing', 'Optimizer'],
  ['warmupSteps', 'Learning rate schedule'],
  ['oneCycleRise', 'Learning rate schedule'],
  ['checkpointEvery', 'Length, evaluation, checkpoints'],
  ['topology', 'Engines and workers'],
  ['tlsKey', 'Security'],
  ['metricsListen', 'Output'],
])('%s is about: %s', (key, subject) => {
  expect(subjectOf(key)).toBe(subject);
});

it('few are the usual ones, and each of them is a setting', () => {
  const schemas = [jobSchema, launchOptions, sweepOptions, workerOptions];
  const keys = schemas.flatMap((schema) => fieldsOf(schema).map(({ key }) => key));
  expect(USUAL.length).toBeLessThan(20);
  // Early stopping may be none yet.
  for (const key of USUAL) if (key !== 'patience') expect(keys).toContain(key);
});
