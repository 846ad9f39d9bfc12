import { readClassWeights } from '../../data/class-weights.ts';
import type { Cell } from './grid/grid.ts';
import type { ListedSetting } from './grid/listed-settings.ts';

/**
 * A file that holds for all runs stands in the sweep as its content, as it does in each run, so that neither needs the file to
 * go on. Several that are compared stay as they are, since the runs are named after them.
 */
export function withClassWeightsRead(settings: readonly ListedSetting[]): Promise<readonly ListedSetting[]> {
  return Promise.all(
    settings.map(async (setting) => {
      const { field, values } = setting;
      const [only] = values;
      if (field.key !== 'classWeights' || values.length > 1 || typeof only !== 'string') return setting;
      return { field, values: [await readClassWeights(only)] };
    }),
  );
}

/** Each run of those that are compared, as it will have them in its job. */
export function withOwnClassWeights(cells: readonly Cell[]): Promise<readonly Cell[]> {
  return Promise.all(
    cells.map(async (cell) => ({
      ...cell,
      job: { ...cell.job, classWeights: await readClassWeights(cell.job.classWeights) },
    })),
  );
}
