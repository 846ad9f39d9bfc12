import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AVERAGE } from '../../engine/optimizer/average.ts';
import { someOf } from '../../data/files/some.ts';
import { datasetOf } from '../../shared/checkpoint/dataset.ts';
import {
  CheckpointFolder,
  chooseCheckpoint,
  type FoundCheckpoint,
  finiteOnly,
  readCheckpoint,
} from '../../shared/checkpoint/folder.ts';
import { type Checkpoint, restoreState } from '../../shared/checkpoint/state.ts';
import { weightsDigest } from '../../shared/checkpoint/weights-digest.ts';
import { nodeDisk } from '../../shared/disk.ts';
import { GradsocketError } from '../../shared/errors.ts';
import { MOST_WEIGHTS, readGivenFile } from '../../shared/given-file.ts';
import { jobFromYaml, settingsText } from '../../shared/job/document.ts';
import type { Job } from '../../shared/job/schema.ts';
import { buildNetwork } from '../../shared/network/build.ts';
import { bufferLayout, parameterLayout } from '../../shared/network/layout.ts';
import type { Network } from '../../shared/network/network.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { printFailure } from '../command/failure.ts';
import { noRun } from './no-run.ts';
import { placeOf } from './place.ts';

/** What a run has learned, ready to be used. */
export interface TrainedModel {
  /** The folder of the run. */
  readonly runDir: string;
  readonly job: Job;
  /** What it was trained on: classes, shape, normalisation. */
  readonly dataset: DatasetDescription;
  readonly network: Network;
  /** Of a run with --ema with the averaged weights in the place of those that it went on with. */
  readonly checkpoint: Checkpoint;
  /** In parameter layout. */
  readonly parameters: Float32Array;
  /** In buffer layout. */
  readonly buffers: Float32Array;
}

/**
 * Opens the model of a run. `checkpointName`: `best`, `newest`, or the path of a checkpoint. `tell`: hears of those that cannot be
 * read where another one is taken.
 */
export async function openModel(
  run: string,
  checkpointName: string,
  tell: (sentence: string) => void = printFailure,
): Promise<TrainedModel> {
  const { runDir, which } = placeOf(run, checkpointName);
  const jobFile = join(runDir, 'job.yaml');
  if (!existsSync(jobFile)) {
    throw noRun(runDir);
  }
  const job = jobFromYaml(settingsText(await readFile(jobFile), jobFile), jobFile);
  const named = which !== 'best' && which !== 'newest';
  const { checkpoint: read } = named
    ? finiteOnly(await readNamed(which, runDir))
    : await chooseCheckpoint(join(runDir, 'checkpoints'), which, (error) => tell(error.message)).catch(advise);
  const checkpoint = job.ema === null ? read : averagedIn(read);
  const dataset = datasetOf(checkpoint);
  const network = buildNetwork(job, dataset.imageShape, dataset.classes.length);
  const layout = { parameters: parameterLayout(network), buffers: bufferLayout(network), optimizer: [] };
  const parameters = new Float32Array(layout.parameters.length);
  const buffers = new Float32Array(layout.buffers.length);
  restoreState(checkpoint, layout, { parameters, buffers, optimizer: new Map() });
  const digest = weightsDigest(layout.parameters, parameters);
  return { runDir, job, dataset, network, checkpoint: { ...checkpoint, weightsDigest: digest }, parameters, buffers };
}

/** A checkpoint may be named that is no file, or has no end. */
const NAMED = { ...nodeDisk, read: (path: string) => readGivenFile(path, MOST_WEIGHTS) };

/** The checkpoint with the moving average of the weights, which is what was evaluated, in their place. */
function averagedIn(checkpoint: Checkpoint): Checkpoint {
  const prefix = `optimizer.${AVERAGE}.`;
  const averages = [...checkpoint.tensors].flatMap(([name, tensor]) =>
    name.startsWith(prefix) ? [{ ...tensor, name: name.slice(prefix.length) }] : [],
  );
  return {
    ...checkpoint,
    tensors: new Map([...checkpoint.tensors, ...averages.map((tensor) => [tensor.name, tensor] as const)]),
  };
}

/** @throws GradsocketError that says what is there instead, where it cannot be read */
async function readNamed(file: string, runDir: string): Promise<FoundCheckpoint> {
  try {
    return await readCheckpoint(file, NAMED);
  } catch (error) {
    if (!(error instanceof GradsocketError) || error.code !== 'BAD_CHECKPOINT') throw error;
    throw await adviseNamed(error, runDir);
  }
}

async function adviseNamed(refusal: GradsocketError, runDir: string): Promise<GradsocketError> {
  const folder = await CheckpointFolder.existing(join(runDir, 'checkpoints')).catch(() => null);
  const steps = (await folder?.steps()) ?? [];
  if (steps.length === 0) return refusal;
  const { code, exitCode, message } = refusal;
  const those = `${steps.length === 1 ? 'that of step' : 'those of steps'} ${someOf(steps.map(String))}`;
  return new GradsocketError(
    code,
    exitCode,
    `${message} --checkpoint takes best, newest, a file, or a step: ${runDir} has ${those}.`,
    { cause: refusal },
  );
}

/** What was chosen for the user cannot be read: others may be whole. */
function advise(error: unknown): never {
  if (!(error instanceof GradsocketError) || error.code !== 'BAD_CHECKPOINT') throw error;
  const { code, exitCode, message } = error;
  throw new GradsocketError(code, exitCode, `${message} --checkpoint takes another one: newest, best, or a file.`, {
    cause: error,
  });
}
