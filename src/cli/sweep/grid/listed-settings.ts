import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { checkedValue } from '../../../shared/job/checked-value.ts';
import type { ConfigFile } from '../../../shared/job/config.ts';
import type { Field } from '../../../shared/job/fields.ts';
import { exitCodeOf, type SettingSource } from '../../../shared/job/setting-source.ts';
import { resolvedValue, textOf, valueOfText } from '../../../shared/job/values.ts';

/** Where a setting may come from, the first that has it first. */
export interface ListedLayers {
  /** By `Field.name`: what was written on the command line, once for each time. */
  readonly flags: Readonly<Record<string, readonly string[] | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`, then the sweep that goes on. */
  readonly files: readonly ConfigFile[];
  /** By `Field.key`, before the schema's own. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** A setting with every value that it is to take. */
export interface ListedSetting {
  readonly field: Field;
  /** At least one; none twice. */
  readonly values: readonly unknown[];
}

interface Given {
  readonly source: SettingSource;
  /** How its place reads in a sentence, with the value behind it: `--lr 0.1`, `job.yaml:3: lr: 0.1`. */
  readonly label: (value: unknown) => string;
  readonly items: readonly unknown[];
}

/**
 * Every value of every field: what a comma or a repeated flag separates on the command line, what a list holds in YAML.
 * Texts may contain commas themselves, and some settings are lists; these are repeated instead.
 */
export function listedSettings(fields: readonly Field[], layers: ListedLayers): readonly ListedSetting[] {
  return fields.map((field) => {
    const before = layers.defaults[field.key];
    let values: readonly unknown[] = [before === undefined ? field.default : before];
    // Lower layers are checked too: a mistake in a file is one even while a flag hides it.
    for (const given of [...givenFor(field, layers)].reverse()) {
      values = checkedItems(field, given).map((value) => resolvedValue(field, value, layers.environment));
    }
    return { field, values };
  });
}

/** Whether any of the layers names the setting, but for `defaults`. */
export function isGiven(field: Field, layers: Omit<ListedLayers, 'defaults'>): boolean {
  return givenFor(field, layers).next().done !== true;
}

function checkedItems(field: Field, { items, label, source }: Given): readonly unknown[] {
  const exitCode = exitCodeOf(source);
  if (items.length === 0) {
    throw new GradsocketError('GRID_EMPTY', exitCode, `${label('[]')} names no value. Name at least one.`);
  }
  const seen = new Set<string>();
  return items.map((item) => {
    if (item === '') {
      throw new GradsocketError('GRID_EMPTY', exitCode, `${label('')} has an empty place: expects ${field.expects}.`);
    }
    const value = checkedValue(field, item, label(item), source);
    const text = textOf(value);
    if (seen.has(text)) {
      throw new GradsocketError('GRID_DUPLICATE', exitCode, `${label(text)} is there twice. Keep one of them.`);
    }
    seen.add(text);
    return value;
  });
}

function* givenFor(field: Field, { flags, environment, files }: Omit<ListedLayers, 'defaults'>): Generator<Given> {
  const { name, formerVariable, key } = field;
  const variable = environment[field.variable] || formerVariable === null ? field.variable : formerVariable;
  const written = flags[name];
  if (written !== undefined) {
    yield {
      source: { from: 'flag' },
      label: (value) => `--${name} ${textOf(value)}`.trimEnd(),
      items: written.flatMap((text) => itemsOf(field, text)),
    };
  }
  const text = environment[variable];
  if (text !== undefined && text !== '') {
    const source = { from: 'environment', variable } as const;
    yield { source, label: (value) => `${variable}=${textOf(value)}`, items: itemsOf(field, text) };
  }
  for (const { file, values } of files) {
    const configured = values.get(key);
    if (configured === undefined) continue;
    const { line, value } = configured;
    yield {
      source: { from: 'config', file, line },
      label: (item) => `${file}:${line}: ${name}: ${textOf(item)}`,
      items: severalIn(field, value) ? value : [value],
    };
  }
}

function itemsOf(field: Field, text: string): readonly unknown[] {
  const { kind } = field.type;
  if (kind === 'list' || kind === 'text') return [valueOfText(field, text)];
  // A flag alone: `--flip`.
  if (kind === 'flag' && text === '') return [true];
  if (text === '') return [field.nullable ? null : ''];
  return text.split(',').map((part) => (part.trim() === '' ? '' : valueOfText(field, part.trim())));
}

/** A list of values, or for a setting that is a list itself, a list of lists. */
export function severalIn(field: Field, value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && (field.type.kind !== 'list' || value.every(Array.isArray));
}

/** What yargs hands over for a flag: a text, several where it is repeated, or nothing. */
export function writtenTexts(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** Settings that take several values. */
export function variedSettings(settings: readonly ListedSetting[]): readonly ListedSetting[] {
  const varied = settings.filter(({ values }) => values.length > 1);
  if (varied.length > 0) return varied;
  throw new GradsocketError(
    'GRID_EMPTY',
    EXIT.usage,
    'There is nothing to compare: give at least one setting several values, such as --activation relu,tanh. ' +
      'One run alone is what gradsocket launch is for.',
  );
}
