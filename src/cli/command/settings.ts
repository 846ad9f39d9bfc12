import type { Argv } from 'yargs';
import type { z } from 'zod';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { readGivenText, UnreadableFile } from '../../shared/given-file.ts';
import { homePath } from '../../shared/home-path.ts';
import type { ConfigFile } from '../../shared/job/config.ts';
import { type Field, fieldsOf } from '../../shared/job/fields.ts';
import { readSettings, type Settings } from '../../shared/job/settings.ts';
import { SUBJECTS, subjectOf, USUAL } from '../../shared/job/subjects.ts';
import { textOf } from '../../shared/job/values.ts';
import type { FlagOptions } from './description.ts';

/** What yargs hands over: texts, true for flags; arrays where a flag was given twice. */
export type Argv0 = Readonly<Record<string, unknown>>;

/** Declares the fields of a schema as flags. Values stay texts: the schema checks them, and says better what is wrong. */
export function withSettings<T>(yargs: Argv<T>, schema: z.ZodObject, group = 'Options'): Argv<T> {
  for (const field of fieldsOf(schema)) yargs.option(field.name, optionOf(field, group));
  return yargs;
}

/**
 * The same where there are many: the usual ones first, the others by what they are about. `more`: what else is usual here. `as`:
 * changes how one is declared.
 */
export function withManySettings<T>(
  yargs: Argv<T>,
  schemas: readonly z.ZodObject[],
  more: readonly string[] = [],
  as: (options: FlagOptions, field: Field) => FlagOptions = (options) => options,
): Argv<T> {
  const fields = schemas.flatMap((schema) => fieldsOf(schema));
  const usual = [...USUAL, ...more].flatMap((key) => fields.find((field) => field.key === key) ?? []);
  const others = fields.filter((field) => !usual.includes(field));
  const declare = (field: Field, group: string): void => {
    yargs.option(field.name, as(optionOf(field, group), field));
  };
  for (const field of usual) declare(field, 'The usual ones');
  for (const subject of SUBJECTS) {
    for (const field of others) if (subjectOf(field.key) === subject) declare(field, subject);
  }
  return yargs;
}

function optionOf({ type, description, default: value, nullable, isPath }: Field, group: string): FlagOptions {
  // Where null means "depends", the description says on what.
  const shown = value === undefined || (nullable && value === null) ? {} : { defaultDescription: textOf(value) };
  if (type.kind === 'flag') {
    const alone = type.words.length === 0 && !type.numbers;
    const may = [...type.words, ...(type.numbers ? ['N'] : [])].join('|');
    return {
      type: alone ? 'boolean' : 'string',
      group,
      describe: description,
      values: type.words,
      ...(alone ? {} : { mayTake: may }),
    };
  }
  const values = type.kind === 'choice' ? type.choices : [];
  const takes = { choice: 'WORD', number: 'N', list: 'N,N,...', text: isPath ? 'PATH' : 'TEXT' }[type.kind];
  // No type: yargs would only show it, and every one would be a string.
  return { requiresArg: true, group, describe: description, takes, values, isPath, ...shown };
}

/** For `coerce`: the positional arguments that are paths, as the settings that are. A shell has mostly seen to them. */
export function atHome<T extends string | readonly string[] | undefined>(given: T): T {
  if (typeof given === 'string') return homePath(given, process.env) as T;
  return (Array.isArray(given) ? given.map((path: string) => homePath(path, process.env)) : given) as T;
}

/** The flag that names a file of settings. */
export function withConfig<T>(yargs: Argv<T>): Argv<T> {
  const options: FlagOptions = {
    type: 'string',
    group: 'Output',
    describe: 'YAML file of settings, in the words of the flags',
    takes: 'PATH',
    isPath: true,
  };
  return yargs.option('config', options);
}

export interface SettingsRequest<S extends z.ZodObject> {
  readonly schema: S;
  readonly argv: Argv0;
  /** By `Field.key`: values of a program that calls us. */
  readonly given?: Readonly<Record<string, unknown>>;
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
  const { schema, given = {}, environment, config, defaults = {} } = request;
  return readSettings(schema, { given, flags, environment, config, defaults });
}

/** The file that `--config` names. `schema` says which keys there may be. */
export async function readConfig(argv: Argv0, schema: z.ZodObject): Promise<ConfigFile | null> {
  const file = argv['config'];
  if (file === undefined) return null;
  if (typeof file !== 'string' || file === '') {
    throw new GradsocketError('FLAG_VALUE', EXIT.usage, '--config expects one YAML file.');
  }
  const { parseConfig } = await import('../../shared/job/config.ts');
  try {
    return parseConfig(await readGivenText(homePath(file, process.env)), file, fieldsOf(schema));
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new GradsocketError(
      'CONFIG_UNREADABLE',
      EXIT.configuration,
      `--config ${file} cannot be read: ${error.reason}.`,
      { cause: error },
    );
  }
}
