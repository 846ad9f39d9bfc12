import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunStatus } from '../http/status.ts';
import type { Chronicle } from '../progress/chronicle.ts';
import type { CurvePoint } from '../progress/curve.ts';
import type { RunHistory } from '../progress/history.ts';
import type { Commands, CurvePart, RunNews, RunView, ShownAnswers, ShownCheckpoint, ShownRun } from './view.ts';

/** What a view of a run is made from. */
export interface ViewSource {
  readonly name: string;
  readonly run: ShownRun;
  readonly history: Pick<RunHistory, 'course' | 'curve'>;
  readonly chronicle: Chronicle;
  readonly checkpoints: readonly ShownCheckpoint[];
  readonly answers: ShownAnswers | null;
  readonly commands: Commands;
}

/** How much of a run somebody was told. */
export interface Told {
  /** The object itself: after a rewind it is another one. */
  readonly course: RunHistory['course'];
  readonly revision: number;
  /** Points of it, the last of which may have grown since. */
  readonly points: number;
  readonly evaluations: number;
  readonly events: number;
  readonly checkpoints: string;
}

export function toldBy({ run, history, chronicle, checkpoints }: ViewSource): Told {
  const { course } = history;
  const { revision, points } = course;
  return {
    course,
    revision,
    points: points.length,
    evaluations: run.evaluations.length,
    events: chronicle.revision,
    checkpoints: checkpointsKey(checkpoints),
  };
}

export function viewOf(source: ViewSource, now: number): RunView {
  const { name, run, history, chronicle, checkpoints, answers, commands } = source;
  return {
    name,
    now,
    run,
    curve: partOf(history.course, 0),
    ...measuredOf(source),
    generations: chronicle.generations,
    events: chronicle.events,
    checkpoints,
    answers,
    commands,
  };
}

export function newsOf(source: ViewSource, told: Told, now: number): RunNews {
  const { history, chronicle, checkpoints, answers } = source;
  const { events, generations, revision } = chronicle;
  const { job: _, dataset: __, evaluations, ...run } = source.run;
  const { course } = history;
  const goesOn = told.course === course && told.revision === course.revision;
  const evaluated = !goesOn || told.evaluations !== evaluations.length;
  return {
    now,
    run: evaluated ? { ...run, evaluations } : run,
    curve: partOf(course, goesOn ? Math.max(0, told.points - 1) : 0),
    ...measuredOf(source),
    ...(evaluated ? { answers } : {}),
    ...(told.events === revision ? {} : { events, generations }),
    ...(told.checkpoints === checkpointsKey(checkpoints) ? {} : { checkpoints }),
  };
}

/** Workers that a page shows: a table of thousands tells a person nothing, and would be sent twice a second. */
const SHOWN_WORKERS = 200;

/** A status as the page has it. Of too many workers it has those first that do not train. */
export function shownRun(status: Exclude<RunStatus, { readonly state: 'opening' }>): ShownRun {
  const { curve: _, workers, ...shown } = status;
  const present = workers.length;
  if (present <= SHOWN_WORKERS) return { ...shown, workers, present };
  const first = workers.toSorted((a, b) => Number(a.state === 'training') - Number(b.state === 'training'));
  return { ...shown, workers: first.slice(0, SHOWN_WORKERS), present };
}

/** What was seen of the workers that are shown, and of all. */
function measuredOf({ run, chronicle }: ViewSource): Pick<RunView, 'workers' | 'bytesSent'> {
  return {
    workers: run.workers.flatMap(({ name }) => chronicle.measureOf(name) ?? []),
    bytesSent: chronicle.bytesSent,
  };
}

/** Those in the folder, newest first. */
export async function checkpointsIn(folder: string): Promise<readonly ShownCheckpoint[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (file): Promise<readonly ShownCheckpoint[]> => {
      const step = stepIn(file);
      const status = step === null ? null : await stat(join(folder, file)).catch(() => null);
      if (step === null || status === null) return [];
      return [{ file, step, bytes: status.size, time: status.mtime.toISOString() }];
    }),
  );
  return found.flat().toSorted((a, b) => b.step - a.step);
}

/** Of the name of a checkpoint; null: it is none. */
export function stepIn(file: string): number | null {
  const [, digits] = /^step-(\d{8,15})\.safetensors$/.exec(file) ?? [];
  return digits === undefined ? null : Number(digits);
}

function checkpointsKey(checkpoints: readonly ShownCheckpoint[]): string {
  return checkpoints.map(({ file, time }) => `${file} ${time}`).join();
}

function partOf({ revision, points }: RunHistory['course'], start: number): CurvePart {
  return { revision, start, points: points.slice(start).map(rounded) };
}

/** Weights have seven digits; more would only make the page larger. */
function rounded(point: CurvePoint): CurvePoint {
  const entries = Object.entries(point).map(([key, value]: [string, number]) => [key, Number(value.toPrecision(8))]);
  return Object.fromEntries(entries) as CurvePoint;
}
