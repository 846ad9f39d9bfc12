import type { Tensor, TensorFile } from '../../shared/checkpoint/safetensors.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { headOf, layerOf } from '../../shared/network/freeze.ts';
import { bufferLayout, parameterLayout, sizeOf } from '../../shared/network/layout.ts';
import type { Network } from '../../shared/network/network.ts';
import { plural } from '../../shared/plural.ts';
import { SMALL_IMAGE_BELOW } from '../../shared/network/resnet18.ts';
import { classesOf } from './classes.ts';
import { floatValues } from './float-values.ts';
import { groupOf, isWrapper, placeOf, type Place } from './prefix.ts';
import { fromPytorch, pytorchParameters, type PytorchTensor } from './pytorch-layout.ts';
import { readTensorFile } from './tensor-file.ts';

/** Flat vectors that hold initial values, and in the end those of the file. */
export interface WeightVectors {
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
}

export interface LoadedWeights {
  /**
   * The layer that keeps its initial values, as the file has it for other classes or, where `theirs` is null, not at all;
   * null: everything was loaded.
   */
  readonly newHead: { readonly layer: string; readonly theirs: Pick<Tensor, 'name' | 'shape'> | null } | null;
  /** Names of tensors in the file that are no part of the network. */
  readonly leftOut: readonly string[];
  /** That the file was trained on; null: it does not say. */
  readonly classes: readonly string[] | null;
}

/** What files hold beside weights: PyTorch's counters of batches, and the optimizer's state in our checkpoints. */
const BESIDE = /(^|\.)num_batches_tracked$|^optimizer\./;

/**
 * Loads a safetensors file into a network by the names of its tensors: torchvision's and timm's ResNet-18 in PyTorch's
 * layout, whatever wraps them (`module.`, `model.backbone.`), and our own exports and checkpoints, whose metadata say that
 * they are in ours. The head is left as it is where the file has one of another number of classes, or none: it is what
 * fine-tuning learns. Everything else must fit.
 *
 * @throws GradsocketError that names the first tensor that does not fit
 */
export function loadWeights(bytes: Uint8Array, file: string, network: Network, into: WeightVectors): LoadedWeights {
  const { tensors, metadata } = readTensorFile(bytes, file);
  const ours = isOurs(metadata);
  const wanted = wantedTensors(network, ours);
  const place = placeIn(tensors, wanted, file);
  const find = (name: string): Tensor | undefined => tensors.get(place.prefix + name);
  const head = headOf(network);
  const misfits = wanted.filter(({ name, shape }) => find(name)?.shape.join() !== shape.join());
  const first = misfits.find(({ name }) => layerOf(name) !== head);
  if (first !== undefined) throw misfit(file, place, first, find(first.name), ours);
  const theirs = misfits.map(({ name }) => find(name)).find((tensor) => tensor !== undefined) ?? null;
  const newHead = misfits.length === 0 ? null : { layer: head, theirs };
  const missing = misfits.find(({ name }) => find(name) === undefined);
  // A head that is there in part only is no other head, but half a file.
  const headless = wanted.every(({ name }) => layerOf(name) !== head || find(name) === undefined);
  if (theirs === null && missing !== undefined && !headless) throw misfit(file, place, missing, undefined, ours);
  const leftOut = strangers(tensors, wanted, place, headless ? head : null, file);

  const { spans } = parameterLayout(network);
  const { spans: bufferSpans } = bufferLayout(network);
  const values = wanted.map((layout) => {
    if (newHead !== null && layerOf(layout.name) === head) return null;
    const tensor = find(layout.name)!;
    const floats = floatValues(tensor);
    if (floats !== null && floats.every((value) => Number.isFinite(value))) return fromPytorch(floats, layout);
    if (floats !== null) {
      throw new GradsocketError(
        'WEIGHTS_NOT_FINITE',
        EXIT.badData,
        `--weights ${file}: '${tensor.name}' holds a value that is infinite or no number as float32, from which nothing can be ` +
          'learned. Choose the file of a training that did not diverge.',
      );
    }
    throw new GradsocketError(
      'WEIGHTS_TYPE',
      EXIT.badData,
      `--weights ${file}: '${tensor.name}' holds ${tensor.type}, and weights are F32, F16, BF16 or F64.`,
    );
  });
  // Once all is known to be fit.
  values.forEach((floats, index) => {
    if (floats === null) return;
    if (index < spans.length) into.parameters.set(floats, spans[index]!.offset);
    else into.buffers.set(floats, bufferSpans[index - spans.length]!.offset);
  });
  return { newHead, leftOut, classes: classesOf(metadata) };
}

/** Parameters, then buffers, in the network's order. */
function wantedTensors(network: Network, ours: boolean): readonly PytorchTensor[] {
  const plain = ({ name, shape }: { readonly name: string; readonly shape: readonly number[] }): PytorchTensor => ({
    name,
    shape,
    view: [sizeOf(shape)],
    axes: [0],
  });
  const parameters = ours ? network.parameters.map(plain) : pytorchParameters(network);
  return [...parameters, ...network.buffers.map(plain)];
}

export function isOurs({ format = '', layout = '' }: TensorFile['metadata']): boolean {
  return format.startsWith('gradsocket.checkpoint.') || layout.startsWith('NHWC');
}

function placeIn(tensors: ReadonlyMap<string, Tensor>, wanted: readonly PytorchTensor[], file: string): Place {
  const place = placeOf(
    tensors.keys(),
    wanted.map(({ name }) => name),
  );
  if (place === null) {
    const [found = 'none'] = tensors.keys();
    throw new GradsocketError(
      'WEIGHTS_FOREIGN',
      EXIT.badData,
      `--weights ${file} holds nothing of this network: its first tensor is '${found}', and the network's is ` +
        `'${wanted[0]!.name}'. Choose the --model that it is of.`,
    );
  }
  // Beside the network itself, a copy under a name of its own is an average, or a teacher.
  const plain = place.prefix === '' || (isWrapper(place.prefix) && !place.copies.some(isWrapper));
  if (place.copies.length === 0 || plain) return place;
  throw new GradsocketError(
    'WEIGHTS_AMBIGUOUS',
    EXIT.badData,
    `--weights ${file} holds the network several times, under '${[place.prefix, ...place.copies].join("' and '")}', and ` +
      'which is meant is not clear. Write a file of one of them alone.',
  );
}

/**
 * What the file holds besides, where that is none of the network's business. A deeper network has the same tensors and more:
 * loading a part of it would make no sense.
 *
 * @param otherHead the layer of which the file has none of our name
 */
function strangers(
  tensors: ReadonlyMap<string, Tensor>,
  wanted: readonly PytorchTensor[],
  { prefix }: Place,
  otherHead: string | null,
  file: string,
): readonly string[] {
  const names = new Set(wanted.map(({ name }) => prefix + name));
  const strange = [...tensors.values()].filter(({ name }) => !names.has(name) && !BESIDE.test(name));
  // `layer5.0.conv1.weight` and `conv4.weight` go on where the network's own names end.
  const kinds = new Set(wanted.map(({ name }) => kindOf(name)));
  const deeper = strange.find(({ name }) => {
    if (!name.startsWith(prefix)) return false;
    const own = name.slice(prefix.length);
    return kinds.has(kindOf(own)) && !(otherHead !== null && own.startsWith(`${otherHead}.`));
  });
  if (deeper === undefined) return strange.map(({ name }) => name);
  throw new GradsocketError(
    'WEIGHTS_FOREIGN',
    EXIT.badData,
    `--weights ${file} holds '${deeper.name}' [${deeper.shape.join(', ')}], which this network does not have: it is of ` +
      'a larger one.',
  );
}

/** `layer` of `layer2.0.conv1.weight`. */
function kindOf(name: string): string {
  return groupOf(name).replace(/\d+$/, '');
}

function misfit(
  file: string,
  { prefix }: Place,
  { name: own, shape }: PytorchTensor,
  theirs: Tensor | undefined,
  ours: boolean,
): GradsocketError {
  const name = prefix + own;
  if (theirs === undefined) {
    return new GradsocketError(
      'WEIGHTS_MISSING',
      EXIT.badData,
      `--weights ${file} lacks '${name}', which is [${shape.join(', ')}] in this network: it is of another one.`,
    );
  }
  return new GradsocketError(
    'WEIGHTS_SHAPE',
    EXIT.badData,
    `--weights ${file}: '${name}' is [${theirs.shape.join(', ')}] there and [${shape.join(', ')}] in this network.` +
      adviceFor(own, shape, theirs.shape, ours),
  );
}

/** The first convolution depends on the images: what to do about it is not obvious. `ours`: filters are HWIO, not OIHW. */
function adviceFor(name: string, here: readonly number[], there: readonly number[], ours: boolean): string {
  if (name !== 'conv1.weight' || here.length !== 4 || there.length !== 4) return '';
  const [channels, side] = ours ? [2, 0] : [1, 2];
  if (here[channels] !== there[channels]) {
    const flag = { 1: ' pass --color gray.', 3: ' pass --color rgb.' }[there[channels]!];
    return ` It was trained on images of ${plural(there[channels]!, 'channel')}, these have ${here[channels]}${flag === undefined ? '.' : `:${flag}`}`;
  }
  if (there[side] !== 7) return '';
  return ` Its 7x7 stem is for images of ${SMALL_IMAGE_BELOW} pixels a side and more: choose an --image-size, such as 224.`;
}
