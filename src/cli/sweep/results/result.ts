import { join } from 'node:path';
import { diagnose, type Diagnosis } from './diagnosis.ts';
import type { Cell } from '../grid/grid.ts';
import type { Standing } from '../grid/scheduler.ts';
import { bestOf, type Evaluation } from './evaluation.ts';
import type { Failure } from '../../../coordinator/store/told.ts';
import type { Inspection } from '../../../shared/protocol/inspection.ts';
import type { EvaluationResult, RunRecord, StepResult } from './record.ts';

export interface Point {
  readonly step: number;
  readonly value: number;
}

/** One run, as the report shows it. */
export interface RunResult {
  readonly cell: Cell;
  readonly standing: Standing;
  readonly diagnosis: Diagnosis;
  /** Looks inside the network, by step; empty where the run was not inspected. */
  readonly inspections: readonly Inspection[];
  /** Training loss, averaged over stretches of steps. */
  readonly losses: readonly Point[];
  readonly evaluations: readonly Evaluation[];
  /** The evaluation with the highest accuracy, the first of equals: the one whose weights are kept. */
  readonly best: Evaluation | null;
  readonly steps: number;
  /** Of training, without evaluations and pauses. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly engine: string | null;
  readonly weightsDigest: string | null;
  /** The best checkpoint, from the sweep's folder. */
  readonly model: string | null;
  readonly classes: number | null;
  /** How many samples each evaluation was over; null: there was none. */
  readonly validationSamples: number | null;
}

/** `failure`: of a run that failed before it had a folder. */
export function resultOf(cell: Cell, standing: Standing, record: RunRecord | null, failure: Failure | null): RunResult {
  const summary = record?.summary ?? null;
  const steps = record?.steps ?? [];
  const evaluations = (record?.evaluations ?? []).map(evaluationOf);
  const losses = averaged(steps);
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const samples = steps.reduce((sum, step) => sum + step.samples, 0);
  const classes = record?.classes ?? null;
  const model = summary?.bestCheckpoint ?? summary?.checkpoint ?? null;
  return {
    cell,
    standing,
    losses,
    evaluations,
    best: bestOf(evaluations, cell.job.monitor),
    diagnosis: diagnose({
      standing,
      failure: failure ?? record?.failure ?? null,
      classes,
      steps: steps.at(-1)?.step ?? 0,
      firstLoss: steps[0]?.loss ?? null,
      losses: losses.map(({ value }) => value),
      evaluations,
      inspections: record?.inspections ?? [],
    }),
    inspections: record?.inspections ?? [],
    steps: steps.at(-1)?.step ?? 0,
    seconds,
    imagesPerSecond: seconds > 0 ? samples / seconds : 0,
    engine: summary?.engine ?? null,
    weightsDigest: summary?.weightsDigest ?? null,
    model: model === null ? null : join('runs', cell.id, model),
    classes,
    validationSamples: record?.evaluations.at(-1)?.samples ?? null,
  };
}

function evaluationOf({ step, epoch, accuracy, loss, samples, answers, labels }: EvaluationResult): Evaluation {
  const largestClass = labels === undefined || samples === 0 ? null : Math.max(...labels) / samples;
  return { step, epoch: epoch + 1, accuracy, loss, samples, largestClass, answers: answers ?? null };
}

const POINTS = 80;

/** Single steps jump about: each point is the mean over a stretch, weighted by samples, at the stretch's middle. */
export function averaged(steps: readonly StepResult[], points: number = POINTS): readonly Point[] {
  const stretch = Math.max(1, Math.ceil(steps.length / points));
  const means: Point[] = [];
  for (let from = 0; from < steps.length; from += stretch) {
    const part = steps.slice(from, from + stretch);
    const samples = part.reduce((sum, step) => sum + step.samples, 0);
    const value = part.reduce((sum, step) => sum + step.loss * step.samples, 0) / samples;
    means.push({ step: part.reduce((sum, { step }) => sum + step, 0) / part.length, value });
  }
  return means;
}

const NICE = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995];

/** Accuracies whose reaching is worth comparing here: the highest that the best run came to, and one well below. */
export function thresholdsFor(results: readonly RunResult[]): readonly number[] {
  const highest = Math.max(0, ...results.map(({ best }) => best?.accuracy ?? 0));
  const upper = NICE.findLast((accuracy) => accuracy <= highest);
  if (upper === undefined) return [];
  const lower = NICE.findLast((accuracy) => accuracy <= upper * 0.9);
  return lower === undefined ? [upper] : [lower, upper];
}

const ORDER: readonly Standing[] = ['done', 'diverged', 'running', 'interrupted', 'begun', 'failed', 'missing'];

/** Best first: finished runs by accuracy, then loss; those without a result behind, as they stand. */
export function ranked(results: readonly RunResult[]): readonly RunResult[] {
  const place = ({ standing, best }: RunResult): number =>
    standing === 'done' && best !== null ? -1 : ORDER.indexOf(standing);
  return results.toSorted(
    (a, b) =>
      place(a) - place(b) ||
      (b.best?.accuracy ?? -1) - (a.best?.accuracy ?? -1) ||
      lossOrder(a.best?.loss) - lossOrder(b.best?.loss) ||
      0,
  );
}

function lossOrder(loss: number | undefined): number {
  return loss === undefined || !Number.isFinite(loss) ? Number.MAX_VALUE : loss;
}
