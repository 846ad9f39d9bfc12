import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { placedSettings } from '../../../src/cli/sweep/asked.ts';
import { parseConfig } from '../../../src/shared/job/config.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { listedSettings } from '../../../src/cli/sweep/grid/listed-settings.ts';
import { planToYaml } from '../../../src/cli/sweep/sweep-folder.ts';
import { listed } from './settings.ts';

it('sweep.yaml reads back to the same settings, lists of lists and texts with commas included', () => {
  const settings = listed({
    activation: ['relu,tanh'],
    channels: ['8,16', '4'],
    data: ['a,b', 'c'],
    flip: ['true,false'],
    lr: ['1e-3'],
  });
  const fields = fieldsOf(jobSchema);
  const file = parseConfig(planToYaml(settings, {}), 'sweep.yaml', fields);
  const again = listedSettings(fields, { flags: {}, environment: {}, files: [file], defaults: {} });
  expect(again.map(({ values }) => values)).toEqual(settings.map(({ values }) => values));
});

it('sweep.yaml names files from the root, but those that runs are named after', () => {
  const valuesOf = (flags: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(placedSettings(listed(flags)).map(({ field, values }) => [field.key, values]));
  expect(valuesOf({ data: ['pets'], weights: ['a.safetensors'], lr: ['1,2'] })).toMatchObject({
    data: [resolve('pets')],
    weights: [resolve('a.safetensors')],
    lr: [1, 2],
  });
  expect(valuesOf({ data: ['pets', 'cars'] })).toMatchObject({ data: ['pets', 'cars'], weights: [null] });
  expect(valuesOf({})).toMatchObject({ data: ['digits'] });
});
