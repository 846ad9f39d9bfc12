import { z } from 'zod';
import { type TrainingPlan, stepsPerEpoch } from '../../shared/plan/schedule.ts';
import type { RunSummary } from './events.ts';
import type { BestCheckpoint } from '../../shared/checkpoint/best.ts';
import type { CourseChange } from './course-change.ts';
import type { RunHistory } from './history.ts';

export interface SummaryFacts {
  readonly status: RunSummary['status'];
  readonly plan: TrainingPlan;
  readonly history: RunHistory;
  /** Committed, those before a resume included. */
  readonly steps: number;
  readonly imagesPerSecond: number;
  readonly seconds: number;
  readonly workers: number;
  readonly generations: number;
  readonly engines: readonly string[];
  readonly weightsDigest: string | null;
  readonly checkpoint: string | null;
  readonly bestCheckpoint: string | null;
  readonly best: BestCheckpoint | null;
  readonly skipped: number;
  readonly early: string | null;
  readonly changes: readonly CourseChange[];
}

const amount = z.number().nonnegative();
const settings = z.record(z.string(), z.unknown());
const name = z.string().nullable();

/** What summary.json must be to be taken for one. */
export const runSummary: z.ZodType<RunSummary> = z.object({
  status: z.enum(['done', 'interrupted', 'diverged', 'failed']),
  steps: amount,
  epochs: amount,
  samples: amount,
  trainLoss: z.number().nullable(),
  trainAccuracy: z.number().nullable(),
  validationLoss: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  validationStep: amount.nullable().default(null),
  imagesPerSecond: amount,
  seconds: amount,
  workers: amount,
  generations: amount,
  engine: z.string(),
  weightsDigest: name,
  checkpoint: name,
  bestCheckpoint: name,
  best: z
    .object({
      step: amount,
      monitor: z.enum(['accuracy', 'loss']),
      validationAccuracy: z.number(),
      validationLoss: z.number().nullable(),
    })
    .nullable()
    .default(null),
  // Older ones knew of none of these.
  skipped: amount.default(0),
  early: name.default(null),
  changes: z.array(z.object({ step: amount, from: settings, to: settings })).default([]),
});

/** summary.json. A number that is not finite, as of a run that diverged, is null there. */
export function summarise(facts: SummaryFacts): RunSummary {
  const { status, plan, history, steps, imagesPerSecond, seconds, workers, generations, weightsDigest } = facts;
  const perEpoch = stepsPerEpoch(plan);
  const epochs = Math.floor(steps / perEpoch);
  const training = history.training(plan.samples);
  const evaluation = history.lastEvaluation;
  return {
    status,
    steps,
    epochs,
    samples: epochs * plan.samples + (steps % perEpoch) * plan.batch,
    trainLoss: finite(training?.loss),
    trainAccuracy: finite(training?.accuracy),
    validationLoss: finite(evaluation?.loss),
    validationAccuracy: finite(evaluation?.accuracy),
    validationStep: evaluation?.step ?? null,
    imagesPerSecond,
    seconds,
    workers,
    generations,
    engine: [...new Set(facts.engines)].toSorted().join(', '),
    weightsDigest,
    checkpoint: facts.checkpoint,
    bestCheckpoint: facts.bestCheckpoint,
    best: facts.best,
    skipped: facts.skipped,
    early: facts.early,
    changes: facts.changes,
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
