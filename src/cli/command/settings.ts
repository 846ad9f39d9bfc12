import { readFile } from 'node:fs/promises';
import type { Argv, Options } from 'yargs';
import type { z } from 'zod';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { homePath } from '../../shared/home-path.ts';
import { type ConfigFile, parseConfig } from '../../shared/job/config.ts';
import { type Field, fieldsOf } from '../../shared/job/fields.ts';
import { readSettings, type Settings } from '../../shared/job/settings.ts';
import { textOf } from '../../shared/job/values.ts';

/** What yargs hands over: texts, true for flags; arrays where a flag was given twice. */
export type Argv0 = Readonly<Record<string, unknown>>;

/** Declares the fields of a schema as flags. Values stay texts: the schema checks them, and says better what is wrong. */
export function withSettings<T>(yargs: Argv<T>, group: string, schema: z.ZodObject): Argv<T> {
  for (const field of fieldsOf(schema)) yargs.option(field.name, optionOf(field, group));
  return yargs;
}

function optionOf({ type, description, default: value, nullable }: Field, group: string): Options {
  // Where null means "depends", the description says on what.
  const shown = value === undefined || (nullable && value === null) ? {} : { defaultDescription: textOf(value) };
  const choices = type.kind === 'choice' ? `: ${type.choices.join(', ')}` : '';
  if (type.kind === 'flag') {
    const alone = type.words.length === 0 && !type.numbers;
    return { type: alone ? 'boolean' : 'string', group, describe: description };
  }
  // No type: yargs would only show it, and every one would be a string.
  return { requiresArg: true, group, describe: `${description}${choices}`, ...shown };
}

/** For `coerce`: the positional arguments that are paths, as the settings that are. A shell has mostly seen to them. */
export function atHome<T extends string | readonly string[] | undefined>(given: T): T {
  if (typeof given === 'string') return homePath(given, process.env) as T;
  return (Array.isArray(given) ? given.map((path: string) => homePath(path, process.env)) : given) as T;
}

/** The flag that names a file of settings. */
export function withConfig<T>(yargs: Argv<T>): Argv<T> {
  return yargs.option('config', { type: 'string', describe: 'YAML file of settings, in the words of the flags' });
}

export interface SettingsRequest<S extends z.ZodObject> {
  readonly schema: S;
  readonly argv: Argv0;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigFile | null;
  /** Before the schema's own defaults, by `Field.key`. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** The settings of a command, from everywhere they may come from. */
export function settingsOf<S extends z.ZodObject>(request: SettingsRequest<S>): Settings<z.infer<S>> {
  const flags: Record<string, string | boolean> = {};
  for (const { name, type } of fieldsOf(request.schema)) {
    const given = request.argv[name];
    if (Array.isArray(given)) {
      throw new GradsocketError(
        'FLAG_TWICE',
        EXIT.usage,
        `--${name} is given ${given.length} times: keep one of them.`,
      );
    }
    // `--resume` alone, which yargs takes for a text.
    if (given === '' && type.kind === 'flag') flags[name] = true;
    else if (typeof given === 'string' || typeof given === 'boolean') flags[name] = given;
  }
  const { schema, environment, config, defaults } = request;
  return readSettings(schema, { flags, environment, config, ...(defaults === undefined ? {} : { defaults }) });
}

/** The file that `--config` names. `schema` says which keys there may be. */
export async function readConfig(argv: Argv0, schema: z.ZodObject): Promise<ConfigFile | null> {
  const file = argv['config'];
  if (file === undefined) return null;
  if (typeof file !== 'string' || file === '') {
    throw new GradsocketError('FLAG_VALUE', EXIT.usage, '--config expects one YAML file.');
  }
  try {
    return parseConfig(await readFile(homePath(file, process.env), 'utf8'), file, fieldsOf(schema));
  } catch (error) {
    if (error instanceof GradsocketError) throw error;
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new GradsocketError('CONFIG_UNREADABLE', EXIT.configuration, `--config ${file} cannot be read: ${why}.`, {
      cause: error,
    });
  }
}
