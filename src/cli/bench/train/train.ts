import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../../../coordinator/progress/events.ts';
import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { type Job, jobSchema } from '../../../shared/job/schema.ts';
import { beginRun } from '../../run/begin.ts';
import { cacheMemoryOf } from '../../run/cache-memory.ts';
import { onInterrupt } from '../../run/interrupts.ts';
import { Traces } from '../../run/traces.ts';
import { LocalWorkers } from '../../run/workers.ts';
import type { Measured } from '../measure/part.ts';
import { makeDataset } from '../measure/synthetic.ts';
import { benchedJob, type TrainBenchOptions } from './options.ts';
import { type Resident, residentOfChildren } from './resident.ts';
import { SteadySteps } from './steady.ts';
import { plural } from '../../../shared/plural.ts';
import { temporaryFolder } from '../../../shared/temporary-folder.ts';

/** More than any measurement takes: its steps end it. */
const EPOCHS = 100_000;

/** The speed of a whole run, as `launch` does it, from its steps after the first ones. */
export async function measureTraining(options: TrainBenchOptions): Promise<Measured> {
  const folder = await temporaryFolder('bench');
  try {
    const { data, synthetic, samples } = options;
    const made = data ?? (await makeDataset(synthetic, samples, join(folder, 'data')));
    return await measureRun(options, made, join(folder, 'run'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureRun(options: TrainBenchOptions, data: string, runDir: string): Promise<Measured> {
  const { workers: count, threads, warmup, steps, batch, trace } = options;
  const job = jobOf(options, data);
  const steady = new SteadySteps(warmup);
  const failures: GradsocketError[] = [];
  let resident: readonly Resident[] = [];
  let engine = '';
  const onEvent = (event: RunEvent): void => {
    steady.observe(event, performance.now());
    if (event.type === 'workerJoined') engine = event.engine;
    if (event.type === 'step' && event.step === warmup + steps) resident = residentOfChildren();
    if (event.type === 'failed') failures.push(new GradsocketError(event.code, EXIT.internal, event.message));
  };
  const token = randomBytes(24).toString('hex');
  const begin = { workers: count, resume: false, listen: '127.0.0.1:0', tlsCert: null, tlsKey: null };
  const traces = trace === null ? null : await Traces.create(trace);
  const coordinator = await beginRun({ job, options: begin, runDir, resumeCommand: '' }, token, onEvent);
  const workers = new LocalWorkers({
    count,
    cores: options.cores ?? threads,
    coordinator,
    token,
    cacheMemory: cacheMemoryOf(options.cacheMemory, count).bytes,
    traces,
    runDir,
  });
  const release = onInterrupt({
    gently: (reason) => coordinator.interrupt(reason),
    atOnce: () => process.exit(EXIT.interrupted),
  });
  try {
    const { exitCode, summary } = await coordinator.finished;
    if (failures[0] !== undefined) throw failures[0];
    if (exitCode !== EXIT.done || summary === null) {
      throw new GradsocketError('BENCH_STOPPED', EXIT.interrupted, 'The run was stopped before it was measured.');
    }
    const { imagesPerSecond, meanImagesPerSecond, stepMilliseconds, shares } = steady.result();
    const { model, precision, wire } = job;
    const result = {
      model,
      precision,
      wire,
      engine: summary.engine === '' ? engine : summary.engine,
      workers: count,
      threads,
      batch,
      steps,
      imagesPerSecond,
      meanImagesPerSecond,
      stepMilliseconds,
      shares,
      workerResidentMiB: resident.map(({ now }) => now),
      workerPeakMiB: resident.map(({ peak }) => peak),
    };
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    const waits = `waiting for data ${percent(shares.data)}, for the network ${percent(shares.network)}`;
    return { result, line: `${model}, ${plural(count, 'worker')}: ${imagesPerSecond.toFixed(1)} images/s; ${waits}` };
  } finally {
    await workers.gone();
    await coordinator.close();
    await traces?.merge();
    release();
  }
}

function jobOf(options: TrainBenchOptions, data: string): Job {
  const { batch, workers, microbatches, threads, warmup, steps } = options;
  return jobSchema.parse({
    ...benchedJob.strip().parse(options),
    data,
    batch: batch * workers,
    microbatches: microbatches ?? workers,
    threads,
    steps: warmup + steps,
    epochs: EPOCHS,
    // What it is compared with clips nothing.
    clipNorm: null,
    // Nothing but steps until the end.
    evalEvery: 0,
    checkpointEvery: warmup + steps,
  });
}
