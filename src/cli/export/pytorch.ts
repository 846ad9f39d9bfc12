import { type Tensor, writeSafetensors } from '../../shared/checkpoint/safetensors.ts';
import { bufferLayout, parameterLayout } from '../../shared/network/layout.ts';
import { pytorchParameters, toPytorch } from '../../engine/weights/pytorch-layout.ts';
import type { TrainedModel } from '../trained/model.ts';
import { preprocessingText } from './preprocessing-text.ts';

/**
 * The weights as PyTorch stores them, under torchvision's names, so that `load_state_dict` takes them as they are. Images
 * are normalised before the network: the metadata say how.
 */
export function pytorchFile(
  trained: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint' | 'parameters' | 'buffers'>,
): Uint8Array {
  const { network, dataset, checkpoint, parameters, buffers } = trained;
  const { spans } = parameterLayout(network);
  const tensors = pytorchParameters(network).map((layout, index): Tensor => {
    const { offset, size } = spans[index]!;
    return floats(layout.name, layout.shape, toPytorch(parameters.subarray(offset, offset + size), layout));
  });
  for (const { name, shape, offset, size } of bufferLayout(network).spans) {
    tensors.push(floats(name, shape, buffers.slice(offset, offset + size)));
    // PyTorch counts batches after the running variance, and misses the counter where it is not there.
    if (name.endsWith('.running_var'))
      tensors.push(counter(`${name.slice(0, -11)}num_batches_tracked`, checkpoint.step));
  }
  return writeSafetensors(tensors, {
    format: 'pt',
    network: network.name,
    classes: JSON.stringify(dataset.classes),
    images: preprocessingText(dataset),
    imageShape: JSON.stringify(dataset.imageShape),
    ...(dataset.decoding === undefined ? {} : { decoding: JSON.stringify(dataset.decoding) }),
    mean: JSON.stringify(dataset.mean),
    deviation: JSON.stringify(dataset.deviation),
    step: String(checkpoint.step),
    weightsDigest: checkpoint.weightsDigest,
  });
}

function floats(name: string, shape: readonly number[], values: Float32Array): Tensor {
  return { name, type: 'F32', shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function counter(name: string, value: number): Tensor {
  return { name, type: 'I64', shape: [], bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) };
}
