import { inspect } from 'node:util';
import type { z } from 'zod';
import { EXIT, GradsocketError } from '../errors.ts';
import { checkedValue } from './checked-value.ts';
import type { ConfigFile } from './config.ts';
import { type Field, fieldsOf } from './fields.ts';
import type { SettingSource } from './setting-source.ts';
import { resolvedValue, textOf, valueOfText } from './values.ts';

/** Where a setting may come from; the first that has it wins. */
export interface SettingLayers {
  /** By `Field.key`: what a program that calls us has, as values. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** By `Field.name`, as written on the command line; `true` for a flag without a value. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigFile | null;
  /** By `Field.key`: what stands before the schema's own defaults, such as the job of a run that goes on. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

export interface Settings<T> {
  readonly values: T;
  /** By `Field.key`. */
  readonly sources: ReadonlyMap<string, SettingSource>;
}

/** Call before flag before environment before configuration file before default. Every value that is given is checked. */
export function readSettings<S extends z.ZodObject>(schema: S, layers: SettingLayers): Settings<z.infer<S>> {
  const values: Record<string, unknown> = {};
  const sources = new Map<string, SettingSource>();
  for (const field of fieldsOf(schema)) {
    // Lower layers are checked too: a mistake in job.yaml is one even while a flag hides it.
    for (const [source, value, written = value] of [...givenFor(field, layers)].reverse()) {
      const checked = checkedValue(field, value, labelOf(field, written, source), source);
      values[field.key] = resolvedValue(field, checked, layers.environment);
      sources.set(field.key, source);
    }
    if (sources.has(field.key)) continue;
    sources.set(field.key, { from: 'default' });
    const before = layers.defaults?.[field.key];
    // Null is a value: what was switched off stays so, whatever the default is.
    values[field.key] = before === undefined ? field.default : before;
  }
  const result = schema.safeParse(values);
  if (result.success) return { values: result.data, sources };
  // Only a field without a default can still be missing.
  const missing = String(result.error.issues[0]?.path[0]);
  const name = fieldsOf(schema).find((field) => field.key === missing)?.name ?? missing;
  throw new GradsocketError('SETTING_MISSING', EXIT.usage, `--${name} is missing.`, { cause: result.error });
}

/** With what was written, where that is not the value. */
function* givenFor(field: Field, layers: SettingLayers): Generator<readonly [SettingSource, unknown, string?]> {
  const given = layers.given?.[field.key];
  if (given !== undefined) yield [{ from: 'call' }, given];
  const flag = layers.flags[field.name];
  if (typeof flag === 'string') yield [{ from: 'flag' }, valueOfText(field, flag), flag];
  else if (flag !== undefined) yield [{ from: 'flag' }, flag];
  const { formerVariable } = field;
  const variable = layers.environment[field.variable] || formerVariable === null ? field.variable : formerVariable;
  const text = layers.environment[variable];
  // Empty is how a shell or a manifest says "not set".
  if (text !== undefined && text !== '') {
    yield [{ from: 'environment', variable }, valueOfText(field, text), text];
  }
  const configured = layers.config?.values.get(field.key);
  if (layers.config !== null && configured !== undefined) {
    const { value, line } = configured;
    const isText = field.isSecret && typeof value === 'string';
    yield [{ from: 'config', file: layers.config.file, line }, isText ? valueOfText(field, value) : value];
  }
}

/** Where a value stands, with the value, unless that is a secret. */
function labelOf(field: Field, value: unknown, source: SettingSource): string {
  if (field.isSecret) return placeOf(field, source);
  switch (source.from) {
    case 'call':
      return `--${field.name} ${inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })}`;
    case 'flag':
    case 'default':
      return `--${field.name} ${shownOf(value)}`.trimEnd();
    case 'environment':
      return `${source.variable}=${shownOf(value)}`;
    case 'config':
      return `${source.file}:${source.line}: ${field.name}: ${shownOf(value)}`;
  }
}

/** An address may hold a secret all the same, before its host or in its query. */
function shownOf(value: unknown): string {
  return textOf(value)
    .replace(/(\/\/)[^/@]*@/g, '$1…@')
    .replace(/([?&][\w-]*(token|secret|password|key)=)[^&#\s]*/gi, '$1…');
}

function placeOf(field: Field, source: SettingSource): string {
  switch (source.from) {
    case 'call':
    case 'flag':
    case 'default':
      return `--${field.name}`;
    case 'environment':
      return source.variable;
    case 'config':
      return `${source.file}:${source.line}: ${field.name}`;
  }
}
