import type { Environment } from '../../shared/home-path.ts';
import type { ConfigFile } from '../../shared/job/config.ts';
import type { Field } from '../../shared/job/fields.ts';
import { isOtherFile, ownDefaults } from '../../shared/job/own-defaults.ts';
import { severalIn } from './grid/listed-settings.ts';

/**
 * The file of `--config` without what merely follows from its own choices, so that each run of the grid has what follows from
 * its own. In a file that compares optimizers, a learning rate that is the default of one of them is meant for all.
 */
export function carried(
  config: ConfigFile,
  fields: readonly Field[],
  weights: readonly unknown[],
  environment: Environment,
): ConfigFile {
  const lists = fields.filter((field) => severalIn(field, config.values.get(field.key)?.value));
  const listed = new Set(lists.map(({ key }) => key));
  const single = [...config.values].filter(([key]) => !listed.has(key));
  const given = Object.fromEntries(single.map(([key, { value }]) => [key, value]));
  const choices = lists.flatMap(({ key }) =>
    (config.values.get(key)!.value as readonly unknown[]).map((value) => ({ ...given, [key]: value })),
  );
  const followed = [given, ...choices].slice(choices.length === 0 ? 0 : 1).map(ownDefaults);
  const [only] = weights;
  const asked = weights.length === 1 && typeof only === 'string' ? only : null;
  const otherWeights = isOtherFile(given['weights'], asked, environment);
  const left = (key: string): boolean =>
    (key === 'weightsSha256' && otherWeights) || (key in given && followed.every((keys) => keys.has(key)));
  return { ...config, values: new Map([...config.values].filter(([key]) => !left(key))) };
}
