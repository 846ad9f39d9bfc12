import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../../../coordinator/progress/events.ts';
import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { resolveJob } from '../../../shared/job/resolve.ts';
import type { Job } from '../../../shared/job/schema.ts';
import { beginRun } from '../begin.ts';
import { type InterruptActions, onInterrupt } from '../interrupts.ts';
import { LocalWorkers } from '../workers.ts';
import { rangePlot } from './plot.ts';
import { rateIn, type Tried } from './range.ts';
import { temporaryFolder } from '../../../shared/temporary-folder.ts';

/** Steps of a range test: twenty for each power of ten. */
const STEPS = 100;
/** Where it ends. It begins at a hundred thousandth of that. */
const HIGHEST = { sgd: 1, adam: 0.1, adamw: 0.1, rmsprop: 0.1 } as const;

export interface FoundRate {
  readonly rate: number;
  /** SVG */
  readonly plot: string;
  readonly tried: readonly Tried[];
}

export interface FindOptions {
  readonly workers: number;
  readonly cores: number;
  readonly cacheMemory: number;
  /** Says how somebody interrupts it, and returns what takes that back; left out: by Ctrl-C. */
  readonly interrupts?: (actions: InterruptActions) => () => void;
}

/**
 * Trains the job from its initial weights for a few steps with rates that climb, in a folder of its own that goes again, and takes the rate at
 * which the loss fell fastest. The steps are those of any run: the same rate is found with every number of workers.
 *
 * @throws GradsocketError where no rate made the loss fall, or the run failed
 */
export async function findRate(
  job: Job,
  { workers: count, cores, cacheMemory, interrupts = onInterrupt }: FindOptions,
): Promise<FoundRate> {
  const folder = await temporaryFolder('rate');
  try {
    const runDir = join(folder, 'run');
    const tried = await climb(rangeJob(job), runDir, { count, cores, cacheMemory, interrupts });
    const found = rateIn(tried);
    if (found === null) {
      throw new GradsocketError(
        'LR_AUTO',
        EXIT.diverged,
        `--lr auto found no rate at which the loss falls, from ${HIGHEST[job.optimizer] / 100_000} to ${HIGHEST[job.optimizer]} in ${tried.length} steps. ` +
          'Give one with --lr, or look at --init and --activation.',
      );
    }
    return { rate: found.rate, plot: rangePlot(tried, found), tried };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function rangeJob(job: Job): Job {
  return {
    ...resolveJob({ ...job, lr: null }),
    lr: HIGHEST[job.optimizer],
    schedule: 'range',
    warmupSteps: 0,
    steps: STEPS,
    // At least a step each.
    epochs: STEPS,
    evalEvery: 0,
    checkpointEvery: STEPS,
    patience: null,
    minDelta: 0,
    ema: null,
    histograms: false,
  };
}

async function climb(
  job: Job,
  runDir: string,
  { count, cores, cacheMemory, interrupts }: Required<Omit<FindOptions, 'workers'>> & { readonly count: number },
): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  const failures: GradsocketError[] = [];
  const onEvent = (event: RunEvent): void => {
    workers?.observe(event);
    if (event.type === 'step') tried.push({ rate: event.learningRate, loss: event.loss });
    if (event.type === 'failed' && event.exitCode !== EXIT.diverged) {
      const exitCode = Object.values(EXIT).find((code) => code === event.exitCode) ?? EXIT.internal;
      failures.push(new GradsocketError(event.code, exitCode, event.message));
    }
  };
  let workers: LocalWorkers | null = null;
  const token = randomBytes(24).toString('hex');
  const options = { workers: count, resume: false, listen: '127.0.0.1:0', tlsCert: null, tlsKey: null };
  const coordinator = await beginRun({ job, options, runDir, resumeCommand: '' }, token, onEvent);
  let interrupted = false;
  const release = interrupts({
    gently: (reason) => {
      interrupted = true;
      coordinator.interrupt(reason);
    },
    atOnce: () => process.exit(EXIT.interrupted),
  });
  try {
    workers = new LocalWorkers({ count, cores, coordinator, token, cacheMemory, runDir });
    await coordinator.finished;
    if (interrupted) throw new GradsocketError('INTERRUPTED', EXIT.interrupted, 'Interrupted before a rate was found.');
    if (failures[0] !== undefined) throw failures[0];
    return tried;
  } finally {
    await workers?.gone(interrupted);
    await coordinator.close();
    release();
  }
}
