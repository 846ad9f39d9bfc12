import { resolve } from 'node:path';
import { type Environment, homePath } from '../home-path.ts';
import type { ConfigFile } from './config.ts';
import { fieldsOf } from './fields.ts';
import { defaultMicrobatches, resolveJob } from './resolve.ts';
import { type Job, jobSchema } from './schema.ts';
import { readSettings } from './settings.ts';
import { textOf } from './values.ts';

/** What else a file may hold is no affair of the job's, and mistakes are told by whoever reads it. */
const anyJob = jobSchema.strip();

/**
 * Settings of a file that say no more than its own choices do: the momentum that goes with its optimizer. The job.yaml of a
 * run is complete, and who takes another optimizer with it did not write that momentum. Left out, they follow the choice.
 */
export function ownDefaults(given: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const job = anyJob.safeParse(given).data;
  if (job === undefined) return new Set();
  const microbatches = { microbatches: defaultMicrobatches(job.batch) };
  const defaults: Readonly<Record<string, unknown>> = anyJob.parse({});
  return new Set(
    Object.keys(given).filter((key) => {
      if (defaults[key] !== null || given[key] === null || given[key] === undefined) return false;
      const open = { ...resolveJob({ ...job, [key]: null }), ...microbatches }[key as keyof Job];
      return open !== null && textOf(open) === textOf(given[key]);
    }),
  );
}

/**
 * The file without what follows from choices that it makes itself: its own defaults, and the digest of other weights than
 * `weights`, those that are asked for.
 */
export function withoutOwnDefaults(config: ConfigFile, weights: string | null, environment: Environment): ConfigFile {
  const { HOME } = environment;
  const { values, sources } = readSettings(jobSchema, { flags: {}, environment: { HOME }, config });
  const written = fieldsOf(jobSchema).filter(({ key }) => sources.get(key)?.from === 'config');
  const left = new Set(ownDefaults(Object.fromEntries(written.map(({ key }) => [key, values[key as keyof Job]]))));
  if (isOtherFile(values.weights, weights, environment)) left.add('weightsSha256');
  return { ...config, values: new Map([...config.values].filter(([key]) => !left.has(key))) };
}

/** Whether a file names `--weights` that are not those asked for. */
export function isOtherFile(named: unknown, asked: string | null, environment: Environment): boolean {
  if (typeof named !== 'string') return false;
  const place = (path: string): string => resolve(homePath(path, environment));
  return asked === null || place(named) !== place(asked);
}
