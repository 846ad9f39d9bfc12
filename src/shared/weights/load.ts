import { readSafetensors, type Tensor, type TensorFile } from '../checkpoint/safetensors.ts';
import { EXIT, GradsocketError } from '../errors.ts';
import { headOf, layerOf } from '../network/freeze.ts';
import { bufferLayout, parameterLayout, sizeOf } from '../network/layout.ts';
import type { Network } from '../network/network.ts';
import { SMALL_IMAGE_BELOW } from '../network/resnet18.ts';
import { floatValues } from './float-values.ts';
import { fromPytorch, pytorchParameters, type PytorchTensor } from './pytorch-layout.ts';

/** Flat vectors that hold initial values, and in the end those of the file. */
export interface WeightVectors {
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
}

export interface LoadedWeights {
  /** The layer that keeps its initial values, as it is for other classes in the file; null: everything was loaded. */
  readonly newHead: { readonly layer: string; readonly theirs: Pick<Tensor, 'name' | 'shape'> } | null;
}

/** What files hold beside weights: PyTorch's counters of batches, and the optimiser's state in our checkpoints. */
const BESIDE = /(^|\.)num_batches_tracked$|^optimizer\./;

/**
 * Loads a safetensors file into a network by the names of its tensors: torchvision's and timm's ResNet-18 in PyTorch's
 * layout, and our own exports and checkpoints, whose metadata say that they are in ours. The head of another number of
 * classes is left as it is: it is what fine-tuning learns. Everything else must fit.
 *
 * @throws GradsocketError that names the first tensor that does not fit
 */
export function loadWeights(bytes: Uint8Array, file: string, network: Network, into: WeightVectors): LoadedWeights {
  refusePickle(bytes, file);
  const { tensors, metadata } = readSafetensors(bytes, file);
  const wanted = wantedTensors(network, isOurs(metadata));
  refuseForeign(tensors, wanted, file);
  const head = headOf(network);
  const misfits = wanted.filter(({ name, shape }) => tensors.get(name)?.shape.join() !== shape.join());
  const first = misfits.find(({ name }) => layerOf(name) !== head);
  if (first !== undefined) throw misfit(file, first, tensors.get(first.name));
  refuseLarger(tensors, wanted, file);
  const other = misfits.map(({ name }) => tensors.get(name)).find((tensor) => tensor !== undefined);
  const missing = misfits.find(({ name }) => !tensors.has(name));
  // A head that is there in part only is no other head, but half a file.
  if (other === undefined && missing !== undefined) throw misfit(file, missing, undefined);

  const { slots } = parameterLayout(network);
  const { slots: bufferSlots } = bufferLayout(network);
  for (const [index, { name, ...layout }] of wanted.entries()) {
    if (misfits.length > 0 && layerOf(name) === head) continue;
    const values = floatValues(tensors.get(name)!);
    if (values === null) {
      throw new GradsocketError(
        'WEIGHTS_TYPE',
        EXIT.badData,
        `--weights ${file}: '${name}' holds ${tensors.get(name)!.type}, and weights are F32, F16, BF16 or F64.`,
      );
    }
    const ours = fromPytorch(values, { name, ...layout });
    if (index < slots.length) into.parameters.set(ours, slots[index]!.offset);
    else into.buffers.set(ours, bufferSlots[index - slots.length]!.offset);
  }
  return { newHead: other === undefined ? null : { layer: head, theirs: other } };
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

function isOurs({ format = '', layout = '' }: TensorFile['metadata']): boolean {
  return format.startsWith('gradsocket.checkpoint.') || layout.startsWith('NHWC');
}

function refuseForeign(tensors: ReadonlyMap<string, Tensor>, wanted: readonly PytorchTensor[], file: string): void {
  if (wanted.some(({ name }) => tensors.has(name))) return;
  const [found = 'none'] = tensors.keys();
  throw new GradsocketError(
    'WEIGHTS_FOREIGN',
    EXIT.badData,
    `--weights ${file} holds nothing of this network: its first tensor is '${found}', and the network's is ` +
      `'${wanted[0]!.name}'. Choose the --model that it is of.`,
  );
}

/** A deeper network has the same tensors and more: loading a part of it would make no sense. */
function refuseLarger(tensors: ReadonlyMap<string, Tensor>, wanted: readonly PytorchTensor[], file: string): void {
  const names = new Set(wanted.map(({ name }) => name));
  const foreign = [...tensors.values()].find(({ name }) => !names.has(name) && !BESIDE.test(name));
  if (foreign === undefined) return;
  throw new GradsocketError(
    'WEIGHTS_FOREIGN',
    EXIT.badData,
    `--weights ${file} holds '${foreign.name}' [${foreign.shape.join(', ')}], which this network does not have: it is of ` +
      'a larger one.',
  );
}

function misfit(file: string, { name, shape }: PytorchTensor, theirs: Tensor | undefined): GradsocketError {
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
      adviceFor(name, shape, theirs.shape),
  );
}

/** The first convolution depends on the images: what to do about it is not obvious. */
function adviceFor(name: string, ours: readonly number[], theirs: readonly number[]): string {
  if (name !== 'conv1.weight' || ours.length !== 4 || theirs.length !== 4) return '';
  if (ours[1] !== theirs[1]) return ` It was trained on images of ${theirs[1]} channels, these have ${ours[1]}.`;
  if (theirs[2] !== 7) return '';
  return ` Its 7x7 stem is for images of ${SMALL_IMAGE_BELOW} pixels a side and more: choose an --image-size, such as 224.`;
}

/** What torch.save writes is a program that only Python runs. */
function refusePickle(bytes: Uint8Array, file: string): void {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3;
  const isPickle = bytes[0] === 0x80 && bytes[1] !== undefined && bytes[1] <= 5 && bytes[7] !== 0;
  if (!isZip && !isPickle) return;
  throw new GradsocketError(
    'WEIGHTS_PICKLE',
    EXIT.badData,
    `--weights ${file} was written by torch.save; safetensors are needed. Convert it in Python: ` +
      `safetensors.torch.save_file(torch.load('${file}', map_location='cpu'), 'weights.safetensors').`,
  );
}
