import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { nodeDisk } from '../../shared/disk.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { checkJob } from '../../shared/job/checks.ts';
import { jobFromYaml, settingsText } from '../../shared/job/document.ts';
import { ONLY_SCHEDULES } from '../../shared/job/recipe.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import { ownDefaults, withoutOwnDefaults } from '../../shared/job/own-defaults.ts';
import type { Settings } from '../../shared/job/settings.ts';
import { type Argv0, readConfig, type SettingsRequest, settingsOf } from '../command/settings.ts';
import { isRun, placeOf } from '../trained/place.ts';
import { newestRun, newestRunDir, newRunDir } from './folders.ts';
import { resumeCommandOf } from './resume-command.ts';

/** What somebody asks for who starts a run. */
export interface Asked<O> {
  readonly job: Job;
  /** Whether there is a run to go on with is known by now. */
  readonly options: Omit<O, 'resume'> & { readonly resume: boolean };
  readonly runDir: string;
  /** How a person goes on with this run. */
  readonly resumeCommand: string;
}

interface WorkerBounds {
  readonly workers: number;
  readonly minWorkers: number | null;
  readonly maxWorkers: number | null;
}

interface RunOptions extends WorkerBounds {
  readonly runDir: string | null;
  readonly resume: boolean | 'auto';
}

type Layers = Pick<SettingsRequest<z.ZodObject>, 'argv' | 'environment' | 'config' | 'given'>;

/** Reads job and options from flags, environment and `--config`; a run that goes on begins with the job that it has. */
export async function readAsked<S extends z.ZodObject>(
  argv: Argv0,
  schema: S,
  command: 'launch' | 'coordinator',
): Promise<Asked<z.infer<S> & RunOptions>> {
  const config = await readConfig(argv, z.strictObject({ ...jobSchema.shape, ...schema.shape }));
  return askedIn({ argv, environment: process.env, config }, schema, command);
}

/** The same, from wherever settings come. */
export async function askedIn<S extends z.ZodObject>(
  layers: Layers,
  schema: S,
  command: 'launch' | 'coordinator',
): Promise<Asked<z.infer<S> & RunOptions>> {
  const { values, sources } = settingsOf({ schema, ...layers });
  const options = values as z.infer<S> & RunOptions;
  checkBounds(options);
  const goesOn = await runToGoOn(options);
  const stored = goesOn === null ? {} : await storedJob(goesOn);
  const asked = askedJob({ schema: jobSchema, ...layers, defaults: stored });
  if (goesOn !== null) checkShares(stored, options.workers, goesOn);
  checkJob(asked.values, options.workers, new Map([...sources, ...asked.sources]));
  const runDir = goesOn ?? options.runDir ?? newRunDir(new Date(), asked.values.model);
  const resumeCommand = resumeCommandOf({
    command,
    schema,
    settings: { values, sources },
    flag: 'run-dir',
    dir: runDir,
  });
  return { job: asked.values, options: { ...options, resume: goesOn !== null }, runDir, resumeCommand };
}

/** The folder of the run that goes on; null: a new one begins. */
async function runToGoOn({ resume, runDir }: RunOptions): Promise<string | null> {
  if (resume === false) return null;
  if (runDir === null) return resume === true ? newestRunDir() : newestRun();
  if (resume === true) return runNamedBy(runDir);
  return isRun(runDir) ? runDir : null;
}

/** A run goes on from its newest checkpoint: who names another means something else, and is not taken to mean the run. */
function runNamedBy(path: string): string {
  return path.endsWith('.safetensors') ? path : placeOf(path, 'newest').runDir;
}

/** @throws GradsocketError where a run could not have so many workers */
export function checkBounds({ workers, minWorkers, maxWorkers }: WorkerBounds): void {
  const refuse = (sentence: string): never => {
    throw new GradsocketError('WORKER_BOUNDS', EXIT.usage, sentence);
  };
  if (minWorkers !== null && minWorkers > workers) {
    refuse(
      `--min-workers ${minWorkers} is more than --workers ${workers}, with which the run starts. ` +
        `Lower it to ${workers}, or raise --workers.`,
    );
  }
  if (maxWorkers !== null && maxWorkers < workers) {
    refuse(
      `--max-workers ${maxWorkers} is fewer than --workers ${workers}, with which the run starts. ` +
        `Raise it to ${workers}, or lower --workers.`,
    );
  }
}

/** A run that goes on keeps its microbatches: only the workers can give way. */
function checkShares({ microbatches }: Partial<Job>, workers: number, runDir: string): void {
  if (typeof microbatches !== 'number' || workers <= microbatches) return;
  throw new GradsocketError(
    'JOB_CONFLICT',
    EXIT.usage,
    `${runDir} has --microbatches ${microbatches}, which stays as it is and leaves some of --workers ${workers} without work. ` +
      `Pass --workers ${microbatches}${microbatches === 1 ? '' : ' or fewer'}.`,
  );
}

/** A run that goes on with another schedule, or without early stopping, does not bring along what belongs to the old one. */
function ofChoices(stored: Partial<Job>, { schedule, patience }: Pick<Job, 'schedule' | 'patience'>): Partial<Job> {
  const scheduleKept = stored.schedule === undefined || stored.schedule === schedule;
  return Object.fromEntries(
    Object.entries(stored).filter(([key]) =>
      key in ONLY_SCHEDULES ? scheduleKept : key !== 'minDelta' || patience !== null,
    ),
  );
}

/** Choices first: what merely followed from others in the file, or in the run that goes on, follows from these. */
function askedJob(request: SettingsRequest<typeof jobSchema> & { readonly defaults: Partial<Job> }): Settings<Job> {
  const { config, environment } = request;
  const { values } = settingsOf(request);
  const defaults = ofChoices(request.defaults, values);
  const followed = ownDefaults(defaults);
  return settingsOf({
    ...request,
    config: config === null ? null : withoutOwnDefaults(config, values.weights, environment),
    defaults: Object.fromEntries(Object.entries(defaults).filter(([key]) => !followed.has(key))),
  });
}

/** Empty where there is none: who opens the run folder says what is wrong with it. */
async function storedJob(runDir: string): Promise<Partial<Job>> {
  const file = join(runDir, 'job.yaml');
  return existsSync(file) ? jobFromYaml(settingsText(await nodeDisk.read(file), file), file) : {};
}
