import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { someOf } from '../../data/files/some.ts';
import { datasetMetadata } from '../../shared/checkpoint/dataset.ts';
import { jobFingerprint } from '../../shared/checkpoint/fingerprint.ts';
import { encodeState } from '../../shared/checkpoint/state.ts';
import { weightsDigest } from '../../shared/checkpoint/weights-digest.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { MOST_WEIGHTS, readGivenFile, UnreadableFile } from '../../shared/given-file.ts';
import { buildNetwork } from '../../shared/network/build.ts';
import { initialiseBuffers, initialiseParameters } from '../../shared/network/initialise.ts';
import { bufferLayout, parameterLayout } from '../../shared/network/layout.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import { type LoadedWeights, loadWeights } from '../../engine/weights/load.ts';
import type { FirstState } from '../../coordinator/opening/given-weights.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';
import { resolveJob } from '../../shared/job/resolve.ts';

/**
 * Reads the file of `--weights`; null where there is none. Workers need not have the file: they are sent a checkpoint.
 *
 * @throws GradsocketError where the file is none, has changed since the run began, or does not fit the network
 */
export async function firstState(job: CompleteJob, dataset: DatasetDescription): Promise<FirstState | null> {
  const { weights: file, weightsSha256: expected } = job;
  if (file === null) return null;
  const network = buildNetwork(job, dataset.imageShape, dataset.classes.length);
  const bytes = await readWeights(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (expected !== null && expected !== sha256) {
    throw new GradsocketError(
      'WEIGHTS_CHANGED',
      EXIT.configuration,
      `--weights ${file} is not the file that was meant: its sha256 is ${sha256}, and --weights-sha256 is ${expected}. ` +
        'Bring it back, or start a new run in another --run-dir.',
    );
  }
  const layout = { parameters: parameterLayout(network), buffers: bufferLayout(network), optimizer: [] };
  const vectors = {
    parameters: new Float32Array(layout.parameters.length),
    buffers: new Float32Array(layout.buffers.length),
    optimizer: new Map<string, Float32Array>(),
  };
  initialiseParameters(network, job.seed, vectors.parameters);
  initialiseBuffers(network, vectors.buffers);
  const loaded = loadWeights(bytes, file, network, vectors);
  const pinned = { ...job, weightsSha256: sha256 };
  const { seed, microbatches } = job;
  const fingerprint = jobFingerprint(pinned, { datasetDigest: dataset.digest, microbatches });
  return {
    job: pinned,
    bytes: encodeState(layout, vectors, { step: 0, seed, fingerprint }, datasetMetadata(dataset)),
    weightsDigest: weightsDigest(layout.parameters, vectors.parameters),
    notices: [...noticesOf(loaded, file, resolveJob(job).init), ...otherClasses(loaded, file, dataset.classes)],
  };
}

function noticesOf({ newHead, leftOut }: LoadedWeights, file: string, init: string): readonly string[] {
  const notices: string[] = [];
  if (newHead !== null) {
    const { layer, theirs } = newHead;
    const why =
      theirs === null
        ? `${file} has no ${layer}, the layer that tells classes apart.`
        : `${file} is for other classes: '${theirs.name}' is [${theirs.shape.join(', ')}] there.`;
    notices.push(
      `${why} ${layer} begins with initial values (${init}), the rest of the network with those of the file.`,
    );
  }
  const [example] = leftOut;
  if (example !== undefined) {
    const others = leftOut.length === 1 ? `'${example}'` : `${leftOut.length} tensors such as '${example}'`;
    notices.push(`${file} holds ${others}, of which this network knows nothing: left out.`);
  }
  return notices;
}

/** As many classes as there are here, of other names or in another order: the last layer fits, and knows others. */
function otherClasses({ newHead, classes: theirs }: LoadedWeights, file: string, ours: readonly string[]): string[] {
  if (newHead !== null || theirs === null) return [];
  const other = ours.flatMap((name, label) => {
    const there = theirs[label] ?? 'none';
    return there.normalize() === name.normalize() ? [] : [`${there} there is ${name} here`];
  });
  if (other.length === 0) return [];
  return [
    `The last layer of ${file} was trained on other classes, or in another order: ${someOf(other)}. It learns on from there.`,
  ];
}

/** The bytes of the file of `--weights`. */
export async function readWeights(file: string): Promise<Uint8Array> {
  try {
    return await readGivenFile(file, MOST_WEIGHTS);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const why = error.code === 'ENOENT' ? absent(file) : error.reason;
    throw new GradsocketError('WEIGHTS_UNREADABLE', EXIT.configuration, `--weights ${file} cannot be read: ${why}.`, {
      cause: error,
    });
  }
}

/** Other programs fetch weights that are named so. */
function absent(file: string): string {
  const named = /^(imagenet|pretrained|default|true|yes|auto|best|last|latest|(imagenet1k|resnet).*)$/i.test(
    basename(file),
  );
  return named
    ? 'there is no such file, and none is fetched by a name. Give a checkpoint of a run, or a file of PyTorch (docs/models.md)'
    : 'there is no such file';
}
