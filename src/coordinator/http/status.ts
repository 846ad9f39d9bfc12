import { type TrainingPlan, stepsPerEpoch, totalSteps } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { RunSummary } from '../progress/events.ts';
import { heldBy } from '../membership/healing.ts';
import { readyOf, type ShownState, shownState } from '../membership/member.ts';
import type { Run } from '../membership/run.ts';
import { type Generation, isSpare, shownPhase, type ShownPhase } from '../membership/model.ts';
import type { Archive } from '../store/archive.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';

/** What /api/run answers. `opening`: the dataset is still being read. */
export type RunStatus =
  | { readonly state: 'opening' }
  | {
      readonly state: ShownPhase;
      readonly job: CompleteJob;
      readonly dataset: Pick<DatasetDescription, 'name' | 'digest' | 'classes' | 'trainSamples' | 'validationSamples'>;
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number | null;
      readonly accuracy: number | null;
      readonly learningRate: number | null;
      readonly imagesPerSecond: number;
      readonly secondsLeft: number | null;
      readonly generation: number | null;
      /** Why this set of workers trains, and not another one. */
      readonly why: string | null;
      readonly topology: 'mesh' | 'star' | null;
      readonly wanted: number;
      readonly workers: readonly {
        readonly name: string;
        readonly state: ShownState;
        readonly engine: string | null;
        readonly device: string | null;
        readonly threads: number | null;
        /** Of the package there; null: it did not say. */
        readonly version: string | null;
        readonly step: number;
        /** Of each step; null: it has no part in the present generation. */
        readonly microbatches: number | null;
      }[];
      readonly evaluations: readonly { readonly step: number; readonly loss: number; readonly accuracy: number }[];
      readonly curve: readonly { readonly step: number; readonly loss: number }[];
      readonly checkpoint: string | null;
      readonly bestCheckpoint: string | null;
      readonly summary: RunSummary | null;
    };

export interface StatusSources {
  readonly run: Run;
  readonly archive: Archive;
  readonly plan: TrainingPlan;
  readonly job: CompleteJob;
  readonly dataset: DatasetDescription;
  readonly wanted: number;
}

export function statusOf({ run, archive, plan, job, dataset, wanted }: StatusSources): RunStatus {
  const { history, checkpoints } = archive;
  const { model, progress } = run;
  const { generation } = model;
  const step = progress.complete;
  const perEpoch = stepsPerEpoch(plan);
  const { imagesPerSecond } = progress.throughput;
  const microbatches = microbatchesOf(generation);
  const samplesLeft = ((totalSteps(plan) - step) / perEpoch) * plan.samples;
  const { name, digest, classes, trainSamples, validationSamples } = dataset;
  return {
    state: shownPhase(model),
    job,
    dataset: { name, digest, classes, trainSamples, validationSamples },
    step,
    steps: totalSteps(plan),
    epoch: Math.floor(step / perEpoch),
    epochs: Math.ceil(totalSteps(plan) / perEpoch),
    loss: history.lastStep?.loss ?? null,
    accuracy: history.lastStep?.accuracy ?? null,
    learningRate: history.lastStep?.learningRate ?? null,
    imagesPerSecond,
    secondsLeft: imagesPerSecond > 0 ? samplesLeft / imagesPerSecond : null,
    generation: generation?.number ?? null,
    why: run.why,
    topology: generation?.topology ?? null,
    wanted,
    workers: model.members.map((member) => ({
      name: member.name,
      state: shownState(member, isSpare(model, member)),
      engine: readyOf(member.state)?.engine ?? member.hello.engine,
      device: readyOf(member.state)?.device ?? null,
      threads: readyOf(member.state)?.threads ?? member.hello.threads,
      version: member.hello.release ?? null,
      step: Math.max(heldBy(member) ?? 0, progress.steps.committedBy(member.id)),
      microbatches: microbatches.get(member.id) ?? null,
    })),
    evaluations: history.shownEvaluations.map(({ step: after, loss, accuracy }) => ({ step: after, loss, accuracy })),
    curve: history.curve,
    checkpoint: checkpoints.savedFile,
    bestCheckpoint: checkpoints.bestFile,
    summary: shownPhase(model) === 'finished' ? run.summary : null,
  };
}

/** Of each step, by the id of who computes them. */
function microbatchesOf(generation: Generation | null): ReadonlyMap<string, number> {
  const dealt = generation?.members.map(({ id }, rank) => {
    const { start, end } = generation.microbatches[rank]!;
    return [id, end - start] as const;
  });
  return new Map(dealt);
}
