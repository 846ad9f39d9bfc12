import { resolveJob } from '../../shared/job/resolve.ts';
import type { RunSummary } from '../progress/events.ts';
import type { Progress } from '../progress/progress.ts';
import { summarise } from '../progress/summary.ts';
import { readyOf } from './member.ts';
import { isSeatedIn, type RunModel } from './model.ts';
import { asGradsocketError, exitCodeOf, farewell, type Outcome, withAdvice } from './outcome.ts';
import type { RunOptions } from './run-options.ts';

export interface Ending {
  readonly exitCode: number;
  readonly summary: RunSummary | null;
}

export interface Concluded {
  readonly ending: Ending;
  /** What workers are told, and end with. */
  readonly words: ReturnType<typeof farewell> & { readonly exitCode: number };
}

/** Once the last checkpoint is on the disk: writes the summary, and says how the run ended. */
export async function conclude(
  decided: Outcome,
  options: RunOptions,
  progress: Progress,
  model: RunModel,
): Promise<Concluded> {
  const { keeper, resumeCommand, onEvent, job, earlier } = options;
  await keeper.checkpoints.idle();
  const outcome = withAdvice(decided, {
    savedStep: keeper.checkpoints.savedStep,
    resumeCommand,
    lr: resolveJob(job).lr,
  });
  const fresh = summaryOf(outcome, options, progress, model);
  const wasDone = fresh.status === 'done' && earlier?.status === 'done' && earlier.steps === fresh.steps;
  // A resumed run that did not get to train keeps what was said of it before, if anything was.
  const idle = model.generation === null && !model.begun && earlier !== null && (wasDone || fresh.status !== 'done');
  const keeps = idle || (outcome.status === 'interrupted' && outcome.asFound === true);
  const summary = keeps && wasDone ? earlier : fresh;
  const words = { ...farewell(outcome), exitCode: exitCodeOf(outcome) };
  const unwritten = keeps ? null : await keeper.summary(summary).then(() => null, asGradsocketError);
  if (unwritten !== null && outcome.status === 'done') {
    // Whoever waits for the end reads that file.
    const { code, exitCode } = unwritten;
    const message = `${unwritten.message} All steps are done, and the last checkpoint is whole. The summary is written by: ${resumeCommand}`;
    onEvent({ type: 'failed', code, exitCode, message });
    return { ending: { exitCode, summary }, words };
  }
  if (unwritten !== null) onEvent({ type: 'warning', message: unwritten.message });
  const exitCode = exitCodeOf(outcome);
  if (outcome.status === 'failed' || outcome.status === 'diverged') {
    const { code, message } = outcome.error;
    onEvent({ type: 'failed', code, exitCode, message });
  } else {
    onEvent({ type: 'finished', summary });
  }
  return { ending: { exitCode, summary }, words };
}

function summaryOf(
  outcome: Outcome,
  { plan, keeper, resume, earlier, workers, job, skipped }: RunOptions,
  progress: Progress,
  model: RunModel,
): RunSummary {
  const { status } = outcome;
  const { checkpoints, history, ledger } = keeper;
  const { generation, members } = model;
  const startStep = resume?.step ?? 0;
  const steps = progress.complete;
  const seats = generation === null ? members : members.filter(({ id }) => isSeatedIn(generation, id));
  const engines = seats.flatMap(({ state }) => readyOf(state)?.engine ?? []);
  // Of a run that only made up for an evaluation, it stays what it was.
  const pace = model.begun && steps > startStep ? null : earlier;
  // What was cut off at the checkpoint counts no more; what was never summed up counts by its steps alone.
  const before = earlier?.steps === startStep ? earlier.seconds : keeper.secondsBefore;
  const digestAtStart = steps === startStep ? (resume?.weightsDigest ?? null) : null;
  return summarise({
    status,
    plan,
    history,
    steps,
    imagesPerSecond: pace?.imagesPerSecond ?? history.imagesPerSecond,
    seconds: pace?.seconds ?? before + progress.seconds,
    workers: generation?.members.length ?? workers.wanted,
    generations: Math.max(model.lastNumber, ledger.lastGeneration),
    engines: engines.length > 0 ? engines : [job.engine],
    weightsDigest: progress.savePoints.digestOf(steps) ?? digestAtStart,
    checkpoint: checkpoints.savedFile,
    bestCheckpoint: checkpoints.bestFile,
    best: checkpoints.best,
    skipped,
    early: outcome.status === 'done' ? (outcome.early ?? null) : null,
    changes: ledger.changes,
  });
}
