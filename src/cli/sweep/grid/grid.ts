import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { conflictIn } from '../../../shared/job/checks.ts';
import type { Field } from '../../../shared/job/fields.ts';
import { requireKnownRate } from '../../../shared/job/known-rate.ts';
import { resolveJob } from '../../../shared/job/resolve.ts';
import { type Job, jobSchema } from '../../../shared/job/schema.ts';
import { textOf } from '../../../shared/job/values.ts';
import { type ListedSetting, variedSettings } from './listed-settings.ts';
import { flagName } from '../../../shared/job/flag-name.ts';

/** A setting whose values are compared. */
export interface Factor {
  /** The setting's name in the job: `activation`, `weightDecay`. */
  readonly key: string;
  /** The setting's name as a flag: `weight-decay`. */
  readonly name: string;
  /** What is said of a value by itself: `relu` of a choice, `lr 0.1` of a number. */
  readonly named: boolean;
  readonly levels: readonly string[];
}

/** One run of the grid. */
export interface Cell {
  /** Its folder's name: `relu-he_normal-sgd`. */
  readonly id: string;
  /** For people: `relu · he_normal · sgd`. */
  readonly label: string;
  /** For each factor, in their order; null: the factor has no meaning for this run, such as a CNN's for ResNet-18. */
  readonly levels: readonly (string | null)[];
  readonly job: Job;
}

export interface Grid {
  readonly factors: readonly Factor[];
  readonly cells: readonly Cell[];
  /** Settings that were left out of the runs for which they have no meaning, a sentence each. */
  readonly notes: readonly string[];
}

const MAX_RUNS = 1000;

/** Every combination of the values. `workers`: of each run. */
export function expandGrid(settings: readonly ListedSetting[], workers: number): Grid {
  const varied = variedSettings(settings);
  const product = varied.reduce((runs, { values }) => runs * values.length, 1);
  if (product > MAX_RUNS) {
    const sizes = varied.map(({ field, values }) => `${values.length} of --${field.name}`).join(' x ');
    throw new GradsocketError(
      'GRID_TOO_LARGE',
      EXIT.usage,
      `${sizes} make ${product} runs; a sweep has at most ${MAX_RUNS}. Name fewer values.`,
    );
  }
  const shown = varied.map(levelsOf);
  const common = Object.fromEntries(settings.map(({ field, values }) => [field.key, values[0]]));
  const notes = new Set<string>();
  const runs = new Map<string, { readonly cell: Cell; readonly reduced: boolean }>();
  for (const values of combinations(varied.map((setting) => setting.values))) {
    const asked = jobSchema.parse({
      ...common,
      ...Object.fromEntries(varied.map(({ field }, i) => [field.key, values[i]])),
    });
    requireKnownRate(asked);
    const { job, reset } = meaningful(asked, varied, workers);
    for (const { key, note } of reset) if (!varied.some(({ field }) => field.key === key)) notes.add(note);
    const without = new Set(reset.map(({ key }) => key));
    const cell = cellOf(
      job,
      varied.map((setting, i) => {
        const { field } = setting;
        if (without.has(field.key)) return { field, value: undefined, level: null };
        return { field, value: values[i], level: shown[i]![setting.values.indexOf(values[i])]! };
      }),
    );
    const same = JSON.stringify(resolveJob(job));
    const twin = runs.get(same);
    if (twin !== undefined && without.size === 0 && !twin.reduced) {
      const sentence = `${twin.cell.label} and ${cell.label} are the same run, as one of them names a default. Leave it out.`;
      throw new GradsocketError('GRID_DUPLICATE', EXIT.usage, sentence);
    }
    // What has no meaning for a run is not in its name, whichever of its values came first.
    if (twin === undefined || !twin.reduced) runs.set(same, { cell, reduced: without.size > 0 });
  }
  return {
    factors: varied.map(({ field: { key, name, type } }, i) => {
      return { key, name, named: isNamed({ type }), levels: shown[i]! };
    }),
    cells: withUniqueIds([...runs.values()].map(({ cell }) => cell)),
    notes: [...notes],
  };
}

/** The first list varies slowest. */
function combinations(lists: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  return lists.reduce<readonly (readonly unknown[])[]>(
    (heads, list) => heads.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );
}

interface Reset {
  readonly key: string;
  readonly note: string;
}

/**
 * The job without the settings that its own choice of model, optimizer and the like gives no meaning, so that
 * `--model cnn,resnet18 --kernel 3,5` is three runs and no mistake. What conflicts for another reason is refused.
 */
function meaningful(asked: Job, varied: readonly ListedSetting[], workers: number): { job: Job; reset: Reset[] } {
  const defaults: Readonly<Record<string, unknown>> = jobSchema.parse({});
  const reset: Reset[] = [];
  let job = asked;
  for (;;) {
    const conflict = conflictIn(job, workers);
    if (conflict === null) return { job, reset };
    const [key = '', owner = ''] = conflict.keys;
    const current = job[key as keyof Job];
    const choice = varied.find(({ field }) => field.key === owner && field.type.kind === 'choice');
    if (choice === undefined || textOf(current) === textOf(defaults[key])) {
      throw new GradsocketError('JOB_CONFLICT', EXIT.usage, conflict.message);
    }
    const name = flagName(key);
    const value = textOf(job[owner as keyof Job]);
    reset.push({ key, note: `--${name} ${textOf(current)} has no meaning with ${value}: left out there` });
    job = { ...job, [key]: defaults[key] };
  }
}

interface Chosen {
  readonly field: Field;
  readonly value: unknown;
  /** Null: it has no meaning for this run. */
  readonly level: string | null;
}

function cellOf(job: Job, chosen: readonly Chosen[]): Cell {
  const present = chosen.filter(({ level }) => level !== null);
  return {
    id: present.map(({ field, value }) => slugOf(field, value)).join('-'),
    label: present.map(({ field, level }) => (isNamed(field) ? `${field.name} ${level}` : level)).join(' · '),
    levels: chosen.map(({ level }) => level),
    job,
  };
}

/** As people read them: of paths as much of their ends as tells them apart. */
function levelsOf({ field, values }: ListedSetting): readonly string[] {
  const texts = values.map(levelText);
  if (!field.isPath) return texts;
  const parts = texts.map((text) => text.split('/').filter((part) => part !== ''));
  const longest = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count < longest; count++) {
    const ends = parts.map((all) => all.slice(-count).join('/'));
    if (new Set(ends).size === texts.length) return ends;
  }
  return texts;
}

/** A choice speaks for itself; a number does not. */
function isNamed({ type }: Pick<Field, 'type'>): boolean {
  return type.kind !== 'choice';
}

function levelText(value: unknown): string {
  return value === null ? 'default' : textOf(value);
}

const MAX_SLUG = 40;

function slugOf(field: Field, value: unknown): string {
  const text = levelText(value).replace(/[^\w.,+]+/g, '_');
  return `${isNamed(field) ? `${field.name}=` : ''}${text.slice(-MAX_SLUG)}`;
}

/** Long paths are cut, and two may look the same then. */
function withUniqueIds(cells: readonly Cell[]): readonly Cell[] {
  const taken = new Map<string, number>();
  return cells.map((cell) => {
    const times = (taken.get(cell.id) ?? 0) + 1;
    taken.set(cell.id, times);
    return times === 1 ? cell : { ...cell, id: `${cell.id}-${times}` };
  });
}
