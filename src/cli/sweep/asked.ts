import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { z } from 'zod';
import { placedData } from '../../data/layouts/bundled.ts';
import type { ConfigFile } from '../../shared/job/config.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { type SweepOptions, sweepOptions } from '../../shared/job/options.ts';
import { jobSchema } from '../../shared/job/schema.ts';
import { newRunDir } from '../run/folders.ts';
import { resumeCommandOf } from '../run/resume-command.ts';
import { type Argv0, readConfig, settingsOf, withConfig, withManySettings } from '../command/settings.ts';
import { carried } from './carried.ts';
import { withClassWeightsRead, withOwnClassWeights } from './class-weights.ts';
import { expandGrid, type Grid } from './grid/grid.ts';
import { isGiven, type ListedSetting, listedSettings, writtenTexts } from './grid/listed-settings.ts';
import { type Origins, originsOf, placedCells } from './origins.ts';
import { withPinnedWeights } from './pinned-weights.ts';
import { shareOf } from './grid/scheduler.ts';
import { newestSweep, newestSweepDir, SweepFolder } from './sweep-folder.ts';

/** What somebody asks for who starts a sweep, or goes on with one. */
export interface AskedSweep {
  readonly grid: Grid;
  readonly settings: readonly ListedSetting[];
  readonly origins: Origins;
  readonly options: SweepOptions;
  readonly folder: SweepFolder;
  /** Workers of each run. */
  readonly share: number;
  /** How a person goes on with this sweep. */
  readonly resumeCommand: string;
}

const everything = z.strictObject({ ...jobSchema.shape, ...sweepOptions.shape });

export function withSweep<T>(yargs: Argv<T>): Argv<T> {
  const several = new Set(fieldsOf(jobSchema).map(({ name }) => name));
  withManySettings(yargs, [sweepOptions, jobSchema], [], (options, { name, type, description }) => {
    if (!several.has(name)) return options;
    const repeated = type.kind === 'list' || type.kind === 'text' ? ' (repeat to compare)' : '';
    const { takes = 'WORD' } = options;
    return { ...options, type: 'string', requiresArg: false, describe: `${description}${repeated}`, takes };
  });
  return withConfig(yargs).example([
    ['sweep --init zeros,random_normal,he_normal --optimizer sgd,adam', 'all six combinations, compared in a report'],
    ['sweep --lr 0.1,0.01,0.001 --data pets --epochs 5', 'three learning rates'],
    ['sweep --resume', 'runs what is missing of the newest sweep'],
  ]);
}

/** Reads grid and options; in the folder of a sweep, what is not given is as that sweep was begun with. */
export async function readAskedSweep(argv: Argv0): Promise<AskedSweep> {
  const environment = process.env;
  const config = await readConfig(argv, everything);
  const begun = settingsOf({ schema: sweepOptions, argv, environment, config }).values;
  const dir = begun.sweepDir ?? (await sweepToGoOn(begun.resume)) ?? newRunDir(new Date(), 'sweep');
  const folder = new SweepFolder(dir);
  const stored = begun.resume === true || folder.exists ? await folder.readPlan(everything) : null;
  const read = settingsOf({
    schema: sweepOptions,
    argv,
    environment,
    config,
    ...(stored === null ? {} : { defaults: optionsIn(stored) }),
  });
  const options = read.values;
  const resumeCommand = resumeCommandOf({
    command: 'sweep',
    schema: sweepOptions,
    settings: read,
    flag: 'sweep-dir',
    dir,
  });
  const share = shareOf(options.workers, options.parallel);
  const fields = fieldsOf(jobSchema);
  const layers = {
    flags: Object.fromEntries(fields.map(({ name }) => [name, writtenTexts(argv[name])])),
    environment,
    // Many runs with many checkpoints each would fill a disk: unless asked otherwise, the best and the newest stay. What goes
    // wrong in one is told from looks inside it.
    defaults: { keepCheckpoints: 1, inspect: true },
  };
  const filesWith = (file: ConfigFile | null) => [file, stored].filter((layer) => layer !== null);
  const first = listedSettings(fields, { ...layers, files: filesWith(config) });
  const weights = first.find(({ field }) => field.key === 'weights')?.values ?? [];
  const kept = config === null ? null : carried(config, fields, weights, environment);
  const settings = await withClassWeightsRead(listedSettings(fields, { ...layers, files: filesWith(kept) }));
  const grid = expandGrid(settings, share);
  const asked = { ...layers, files: config === null ? [] : [config] };
  const isAsked = ({ field }: ListedSetting): boolean => isGiven(field, asked);
  const origins = originsOf(settings, stored === null ? {} : await folder.readOrigins(), isAsked, process.cwd());
  const cells = await withOwnClassWeights(await withPinnedWeights(placedCells(grid.cells, origins)));
  return { grid: { ...grid, cells }, settings, origins, options, folder, share, resumeCommand };
}

/** The sweep that goes on where no folder is named; null: a new one begins. */
async function sweepToGoOn(resume: SweepOptions['resume']): Promise<string | null> {
  if (resume === false) return null;
  return resume === true ? newestSweepDir() : newestSweep();
}

/**
 * To be written: the same files from whatever folder the sweep is resumed in. Paths that are compared stay as they are, since
 * the runs are named after them.
 */
export function placedSettings(settings: readonly ListedSetting[]): readonly ListedSetting[] {
  return settings.map(({ field, values }) => {
    const [only] = values;
    if (values.length > 1 || typeof only !== 'string') return { field, values };
    if (field.key === 'data') return { field, values: [placedData(only)] };
    return { field, values: field.key === 'weights' ? [resolve(only)] : values };
  });
}

/** What of the options is part of the sweep: how its runs are shared out. */
const KEPT = ['workers', 'parallel', 'cores', 'cacheMemory'] as const;

function optionsIn(stored: ConfigFile): Readonly<Record<string, unknown>> {
  const kept: readonly string[] = KEPT;
  return Object.fromEntries(
    [...stored.values].filter(([key]) => kept.includes(key)).map(([key, { value }]) => [key, value]),
  );
}

/** The same, to be written; in the words of the flags. */
export function keptOptions(options: SweepOptions): Readonly<Record<string, unknown>> {
  const names = new Map(fieldsOf(sweepOptions).map(({ key, name }) => [key, name]));
  return Object.fromEntries(KEPT.map((key) => [names.get(key), options[key]]));
}
