import { expect, it } from 'vitest';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { flagName, formerName } from '../../../src/shared/job/flag-name.ts';
import { jobFromYaml } from '../../../src/shared/job/document.ts';
import { preprocessingIdentity } from '../../../src/shared/job/preprocessing.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { readSettings } from '../../../src/shared/job/settings.ts';

it('settings are spelled in one way, that of --optimizer', () => {
  expect(['imageSize', 'colour', 'colourProfile', 'normalise', 'centred'].map(flagName)).toEqual([
    'image-size',
    'color',
    'color-profile',
    'normalize',
    'centered',
  ]);
  expect([formerName('colourProfile'), formerName('imageSize')]).toEqual(['colour-profile', null]);
  for (const { name, description } of fieldsOf(jobSchema)) {
    expect(`${name}: ${description}`).not.toMatch(/colour|grey|normalis|initialis|optimis|centre/i);
  }
});

it('the other spelling is understood in files and variables, as runs and scripts have it', () => {
  const job = jobFromYaml('colour: grey\nnormalise: imagenet\n', 'job.yaml');
  expect([job.colour, job.normalise]).toEqual(['gray', 'imagenet']);
  const environment = { GRADSOCKET_COLOUR_PROFILE: 'ignore' };
  expect(readSettings(jobSchema, { flags: {}, environment, config: null }).values.colourProfile).toBe('ignore');
});

it('what tells runs apart stays what it was', () => {
  expect(preprocessingIdentity(jobSchema.parse({ colour: 'gray' }))).toEqual({ colour: 'grey' });
});
