import { parseConfig } from '../../../src/shared/job/config.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { expandGrid, type Grid } from '../../../src/cli/sweep/grid/grid.ts';
import { type ListedSetting, listedSettings } from '../../../src/cli/sweep/grid/listed-settings.ts';

const fields = fieldsOf(jobSchema);

/** Settings as from a command line, a file and the environment. */
export function listed(
  flags: Readonly<Record<string, readonly string[]>>,
  file = '',
  environment: Readonly<Record<string, string>> = {},
): readonly ListedSetting[] {
  return listedSettings(fields, {
    flags,
    environment,
    files: [parseConfig(file, 'sweep.yaml', fields)],
    defaults: { microbatches: 1 },
  });
}

export function gridOf(flags: Readonly<Record<string, string>>, workers = 1): Grid {
  return expandGrid(listed(Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]))), workers);
}
