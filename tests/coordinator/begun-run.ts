import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Coordinator, type CoordinatorOptions } from '../../src/coordinator/coordinator.ts';
import { givenWeights } from '../../src/cli/run/given-weights.ts';
import type { RunEvent } from '../../src/coordinator/progress/events.ts';
import { Ledger } from '../../src/coordinator/store/ledger.ts';
import { RunFolder } from '../../src/coordinator/store/run-folder.ts';
import { datasetMetadata } from '../../src/shared/checkpoint/dataset.ts';
import { jobFingerprint } from '../../src/shared/checkpoint/fingerprint.ts';
import { CheckpointFolder } from '../../src/shared/checkpoint/folder.ts';
import { encodeState } from '../../src/shared/checkpoint/state.ts';
import { openDataset } from '../../src/data/open.ts';
import { type Job, jobSchema } from '../../src/shared/job/schema.ts';
import { buildNetwork } from '../../src/shared/network/build.ts';
import { initialiseBuffers, initialiseParameters } from '../../src/shared/network/initialise.ts';
import { bufferLayout, parameterLayout } from '../../src/shared/network/layout.ts';
import { positionOf, type TrainingPlan } from '../../src/shared/plan/schedule.ts';
import { optionsFor } from '../data/fixtures.ts';

/** Small enough that nothing takes time. */
export function smallJob(settings: Partial<Job>): Job {
  return jobSchema.parse({ channels: [2], dense: 2, batch: 4, epochs: 3, microbatches: 1, ...settings });
}

export async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket run '));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Opens a run on a free port, for one worker that does not come. */
export async function startRun(
  options: Pick<CoordinatorOptions, 'job' | 'runDir'> & Partial<CoordinatorOptions>,
): Promise<{ readonly coordinator: Coordinator; readonly events: readonly RunEvent[] }> {
  const events: RunEvent[] = [];
  const coordinator = await Coordinator.start({
    weights: givenWeights,
    resume: false,
    workers: 1,
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => coordinator.close());
  return { coordinator, events };
}

/** Leaves in `runDir` what a run leaves that was interrupted after `steps` steps. */
export async function begunRun(runDir: string, job: Job, steps: number): Promise<void> {
  const { coordinator } = await startRun({ job, runDir });
  await coordinator.close();
  const folder = new RunFolder(runDir);
  const stored = await folder.open();
  const { description } = await openDataset(await optionsFor(stored.data, { ...stored }));
  const { batch, microbatches, epochs, seed } = stored;
  const samples = description.trainSamples;
  const plan: TrainingPlan = {
    samples,
    batch,
    microbatches,
    epochs,
    maxSteps: null,
    evalEvery: 1,
    checkpointEvery: null,
  };
  const head = { dataset: description.name, datasetDigest: description.digest, seed, samples, batch, microbatches };
  const ledger = await Ledger.open({
    path: folder.ledgerFile,
    keyFile: folder.keyFile,
    head,
    plan,
    steps: 0,
    file: {
      record: true,
      onError: (error) => {
        throw error;
      },
    },
  });
  for (let step = 0; step < steps; step++) {
    const { epoch, start, end } = positionOf(plan, step);
    ledger.record(1, { step, epoch, start, end, samples: end - start }, { worker: [0, microbatches] });
  }
  await ledger.sync();
  await ledger.close();
  const network = buildNetwork(stored, description.imageShape, description.classes.length);
  const layout = { parameters: parameterLayout(network), buffers: bufferLayout(network), optimizer: [] };
  const parameters = new Float32Array(layout.parameters.length);
  const buffers = new Float32Array(layout.buffers.length);
  initialiseParameters(network, seed, parameters);
  initialiseBuffers(network, buffers);
  const fingerprint = jobFingerprint(stored, { datasetDigest: description.digest, microbatches });
  const position = { step: steps, seed, fingerprint };
  const vectors = { parameters, buffers, optimizer: new Map<string, Float32Array>() };
  const checkpoints = await CheckpointFolder.open(folder.checkpoints, 3);
  await checkpoints.write(steps, encodeState(layout, vectors, position, datasetMetadata(description)));
}

/** Everything in a folder: names, bytes, and when they were written. */
export async function snapshot(dir: string): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = {};
  for (const name of (await readdir(dir, { recursive: true })).toSorted()) {
    const path = join(dir, name);
    const { mtimeMs } = await stat(path);
    const bytes = (await stat(path)).isFile() ? (await readFile(path)).toString('latin1') : 'a folder';
    all[name] = `${mtimeMs} ${bytes}`;
  }
  return all;
}
