import { existsSync } from 'node:fs';
import type { RunSummary } from '../../../coordinator/progress/events.ts';
import { type EvaluationLine, metricsIn, type StepLine } from '../../../coordinator/progress/history.ts';
import { readShownLines } from '../../../coordinator/store/line-file.ts';
import { RunFolder } from '../../../coordinator/store/run-folder.ts';
import { type Failure, readTold } from '../../../coordinator/store/told.ts';
import { inspectionsIn } from '../../../coordinator/progress/inspections.ts';
import type { Inspection } from '../../../shared/protocol/inspection.ts';
import type { Job } from '../../../shared/job/schema.ts';

export type StepResult = Pick<StepLine, 'step' | 'loss' | 'samples' | 'seconds'>;
export type EvaluationResult = Pick<
  EvaluationLine,
  'step' | 'epoch' | 'loss' | 'accuracy' | 'samples' | 'answers' | 'labels'
>;

/** What the folder of a run tells. */
export interface RunRecord {
  /** As it was run, every default filled in. */
  readonly job: Job;
  /** null: it did not get to its end, not even to an orderly interruption. */
  readonly summary: RunSummary | null;
  readonly steps: readonly StepResult[];
  readonly evaluations: readonly EvaluationResult[];
  /** Looks inside the network, by step; empty where the run was not inspected. */
  readonly inspections: readonly Inspection[];
  /** The newest one; of meaning where the summary says that the run failed. */
  readonly failure: Failure | null;
  /** How many classes its dataset has; null: the run did not get as far as to say it. */
  readonly classes: number | null;
}

/** null: there is no run. `tell`: what of its folder is damaged. */
export async function readRecord(
  runDir: string,
  tell: (sentence: string) => void = () => undefined,
): Promise<RunRecord | null> {
  const folder = new RunFolder(runDir);
  if (!existsSync(folder.jobFile)) return null;
  const job = await folder.readJob();
  const metrics = metricsIn(await readShownLines(folder.metricsFile, tell));
  return {
    job,
    summary: await folder.readSummary(),
    steps: metrics.filter((line) => line.type === 'step'),
    evaluations: metrics.filter((line) => line.type === 'evaluation'),
    inspections: inspectionsIn(await readShownLines(folder.inspectFile, tell)),
    ...(await readTold(folder.logFile)),
  };
}
