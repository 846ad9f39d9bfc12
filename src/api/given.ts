import { inspect } from 'node:util';
import { z } from 'zod';
import { checkBounds } from '../cli/run/asked.ts';
import { engineOptions, imageOptions } from '../cli/trained/options.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { checkJob } from '../shared/job/checks.ts';
import { type Field, fieldsOf } from '../shared/job/fields.ts';
import { flagMeant, kebab } from '../shared/job/meaning.ts';
import { nearestName } from '../shared/nearest.ts';
import { launchOptions } from '../shared/job/options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { readSettings } from '../shared/job/settings.ts';
import { trainOptions } from './options.ts';

/** By `Field.key`. */
export type Given = Readonly<Record<string, unknown>>;

/** The environment of a call is the call: of the process's own only the home folder. */
const { HOME } = process.env;
export const ENVIRONMENT = HOME === undefined ? {} : { HOME };

/** A setting as programs write it: `--image-size` is `imageSize`. */
export function programName({ name }: Pick<Field, 'name'>): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * What a program gives, before anything is begun.
 *
 * @throws GradsocketError where something is wrong with it, in the words of programs
 */
export function checkGiven(settings: object, options: object): { readonly job: Given; readonly options: Given } {
  return inProgramWords(() => {
    const job = byKey(settings, jobSchema, TRAIN.settings);
    const given = byKey(options, trainOptions, TRAIN.options);
    const read = { flags: {}, environment: ENVIRONMENT, config: null };
    const asked = readSettings(trainOptions, { ...read, given });
    const wanted = readSettings(jobSchema, { ...read, given: job });
    checkBounds(asked.values);
    // A run that goes on has settings of its own, which are not known by now.
    if (asked.values.resume === false) {
      checkJob(wanted.values, asked.values.workers, new Map([...asked.sources, ...wanted.sources]));
    }
    return { job, options: given };
  });
}

/** An argument of a call, in what is said of it. */
interface Argument {
  readonly name: string;
  readonly example: string;
  /** That of the same call with which it may be confused. */
  readonly other: z.ZodObject | null;
}

/** The arguments of `train`. */
export const TRAIN = {
  settings: { name: 'train: settings', example: '{ epochs: 3 }', other: trainOptions },
  options: { name: 'train: options', example: '{ workers: 2 }', other: jobSchema },
} as const;
/** The one of `loadModel` that has settings. */
export const LOAD: Argument = { name: 'loadModel: options', example: "{ checkpoint: 'newest' }", other: null };

const loadSettings = z.strictObject({ ...engineOptions.shape, ...imageOptions.shape });

/** What decides which model is loaded, and with what it computes. @throws GradsocketError, as `checkGiven` */
export function checkLoading(options: object): z.infer<typeof loadSettings> {
  return inProgramWords(() => {
    const given = byKey(options, loadSettings, LOAD);
    return readSettings(loadSettings, { flags: {}, environment: ENVIRONMENT, config: null, given }).values;
  });
}

/** @throws GradsocketError where `options` is no object */
export function requireObject(options: unknown, { name, example }: Argument): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new GradsocketError('SETTING_UNKNOWN', EXIT.usage, `${name} are an object, such as ${example}.`);
}

/** @throws GradsocketError where something is there that cannot be called */
export function requireFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw notOfKind(name, value, 'a function');
}

/** By what it can do: a signal may be another library's, or another realm's. @throws GradsocketError */
export function requireSignal(value: unknown): void {
  if (value === undefined) return;
  const isSignal = typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
  if (!isSignal) throw notOfKind('signal', value, 'an AbortSignal');
}

function notOfKind(name: string, value: unknown, kind: string): GradsocketError {
  return new GradsocketError(
    'SETTING_KIND',
    EXIT.usage,
    `${name} is ${inspect(value, { depth: 0 })}: expects ${kind}.`,
  );
}

function byKey(values: object, schema: z.ZodObject, argument: Argument): Given {
  requireObject(values, argument);
  const fields = fieldsOf(schema);
  const byName = new Map(fields.map((field) => [programName(field), field]));
  const given: Record<string, unknown> = {};
  for (const [word, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const field = byName.get(word) ?? meant(word, fields, argument);
    if (field.key in given) {
      throw new GradsocketError(
        'SETTING_UNKNOWN',
        EXIT.usage,
        `${word} sets ${programName(field)}, which is there, too. Keep one.`,
      );
    }
    given[field.key] = value;
  }
  return given;
}

/** Of a word that is none of ours: the field that it certainly means. */
function meant(word: string, fields: readonly Field[], { other }: Argument): Field {
  const names = fields.map(({ name }) => name);
  const meaning = flagMeant(word, names);
  const found = meaning !== null && 'is' in meaning ? fields.find(({ name }) => name === meaning.is) : undefined;
  if (found !== undefined) return found;
  const near = nearestName(kebab(word), names);
  const isElsewhere = other !== null && fieldsOf(other).some(({ name }) => name === kebab(word));
  const advice =
    meaning !== null && 'hint' in meaning && meaning.hint !== null
      ? `: ${meaning.hint}`
      : isElsewhere
        ? ': it belongs to the other argument of train.'
        : near === null
          ? '. docs/api.md lists them.'
          : `: did you mean \`${programName({ name: near })}\`?`;
  throw new GradsocketError('SETTING_UNKNOWN', EXIT.usage, `There is no setting \`${word}\`${advice}`);
}

const NAMES = new Map(
  [jobSchema, launchOptions, loadSettings]
    .flatMap((schema) => fieldsOf(schema))
    .map((field) => [field.name, programName(field)]),
);

/** Sentences about settings name them as flags; who has written a program knows no flags. */
function inProgramWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw translated(error);
  }
}

export function translated(error: unknown): unknown {
  if (!(error instanceof GradsocketError)) return error;
  const message = error.message.replace(/--([a-z][a-z0-9-]*)/g, (flag, name: string) => NAMES.get(name) ?? flag);
  return new GradsocketError(error.code, error.exitCode, message, { cause: error });
}
