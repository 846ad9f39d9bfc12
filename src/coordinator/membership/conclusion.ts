import { resolveJob } from '../../shared/job/resolve.ts';
import type { RunSummary } from '../progress/events.ts';
import { summarise } from '../progress/summary.ts';
import { type Member, readyOf } from './member.ts';
import { asGradsocketError, exitCodeOf, farewell, type Outcome, withAdvice } from './outcome.ts';
import type { RunOptions } from './run-options.ts';
import type { Training } from './training.ts';

export interface Ending {
  readonly exitCode: number;
  readonly summary: RunSummary | null;
}

/** Once the last checkpoint is on the disk: writes the summary, and says how the run ended. */
export async function conclude(
  decided: Outcome,
  options: RunOptions,
  training: Training | null,
  present: () => readonly Member[],
): Promise<{ readonly ending: Ending; readonly words: ReturnType<typeof farewell> }> {
  const { archive, resumeCommand, onEvent, job } = options;
  await archive.checkpoints.idle();
  const outcome = withAdvice(decided, {
    savedStep: archive.checkpoints.savedStep,
    resumeCommand,
    lr: resolveJob(job).lr,
  });
  const { earlier } = options;
  const fresh = summaryOf(outcome, options, training, present());
  const wasDone = fresh.status === 'done' && earlier?.status === 'done' && earlier.steps === fresh.steps;
  // A resumed run that did not get to train keeps what was said of it before, if anything was.
  const keeps = training === null && earlier !== null && (wasDone || fresh.status !== 'done');
  const summary = keeps && wasDone ? earlier : fresh;
  if (!keeps) {
    await archive.summary(summary).catch((error: unknown) => {
      onEvent({ type: 'warning', message: asGradsocketError(error).message });
    });
  }
  const exitCode = exitCodeOf(outcome);
  if (outcome.status === 'failed' || outcome.status === 'diverged') {
    const { code, message } = outcome.error;
    onEvent({ type: 'failed', code, exitCode, message });
  } else {
    onEvent({ type: 'finished', summary });
  }
  return { ending: { exitCode, summary }, words: farewell(outcome) };
}

function summaryOf(
  { status }: Outcome,
  { plan, archive, resume, earlier, wanted, job, skipped }: RunOptions,
  training: Training | null,
  present: readonly Member[],
): RunSummary {
  const { checkpoints, history, ledger } = archive;
  const startStep = resume?.step ?? 0;
  const steps = training?.steps.complete ?? startStep;
  const members = training?.generation.members ?? present;
  const engines = members.flatMap(({ state }) => readyOf(state)?.engine ?? []);
  // Of a run that only made up for an evaluation, it stays what it was.
  const pace = training !== null && steps > startStep ? null : earlier;
  // What was cut off at the checkpoint counts no more; what was never summed up counts by its steps alone.
  const before = earlier?.steps === startStep ? earlier.seconds : archive.secondsBefore;
  const digestAtStart = steps === startStep ? (resume?.weightsDigest ?? null) : null;
  return summarise({
    status,
    plan,
    history,
    steps,
    imagesPerSecond: pace?.imagesPerSecond ?? history.imagesPerSecond,
    seconds: pace?.seconds ?? before + (training?.seconds ?? 0),
    workers: training === null ? wanted : members.length,
    generations: training?.generation.number ?? ledger.lastGeneration,
    engines: engines.length > 0 ? engines : [job.engine],
    weightsDigest: training?.savePoints.digestOf(steps) ?? digestAtStart,
    checkpoint: checkpoints.savedFile,
    bestCheckpoint: checkpoints.bestFile,
    best: checkpoints.best,
    skipped,
    changes: ledger.changes,
  });
}
