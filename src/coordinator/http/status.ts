import { type TrainingPlan, stepsPerEpoch, totalSteps } from '../../shared/plan/schedule.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { RunSummary } from '../progress/events.ts';
import { readyOf, type ShownState, shownState } from '../membership/member.ts';
import type { Run } from '../membership/run.ts';
import type { RunStateName } from '../membership/state.ts';
import type { Archive } from '../store/archive.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';

/** What /api/run answers. `opening`: the dataset is still being read. */
export type RunStatus =
  | { readonly state: 'opening' }
  | {
      readonly state: RunStateName;
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
      readonly topology: 'mesh' | 'star' | null;
      readonly wanted: number;
      readonly workers: readonly {
        readonly name: string;
        readonly state: ShownState;
        readonly engine: string | null;
        readonly device: string | null;
        readonly threads: number | null;
        readonly step: number;
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
  readonly startStep: number;
}

export function statusOf({ run, archive, plan, job, dataset, wanted, startStep }: StatusSources): RunStatus {
  const { history, checkpoints } = archive;
  const { training } = run;
  const step = training?.steps.complete ?? startStep;
  const perEpoch = stepsPerEpoch(plan);
  const imagesPerSecond = training?.throughput.imagesPerSecond ?? 0;
  const samplesLeft = ((totalSteps(plan) - step) / perEpoch) * plan.samples;
  const { name, digest, classes, trainSamples, validationSamples } = dataset;
  return {
    state: run.state.name,
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
    generation: training?.generation.number ?? null,
    topology: training?.generation.topology ?? null,
    wanted,
    workers: run.members.map(({ name: worker, state, hello }) => ({
      name: worker,
      state: shownState(state),
      engine: readyOf(state)?.engine ?? hello.engine,
      device: readyOf(state)?.device ?? null,
      threads: readyOf(state)?.threads ?? hello.threads,
      step: training?.steps.committedBy(worker) ?? startStep,
    })),
    evaluations: history.evaluations.map(({ step: after, loss, accuracy }) => ({ step: after, loss, accuracy })),
    curve: history.curve,
    checkpoint: checkpoints.savedFile,
    bestCheckpoint: checkpoints.bestFile,
    summary: run.state.name === 'finished' ? run.summary : null,
  };
}
