import { datasetMetadata } from '../../shared/checkpoint/dataset.ts';
import { type Tensor, writeSafetensors } from '../../shared/checkpoint/safetensors.ts';
import type { TrainedModel } from '../trained/model.ts';
import { preprocessingText } from './preprocessing-text.ts';

/** Parameters and running statistics alone: a checkpoint without what only training needs. */
export function safetensorsFile({
  network,
  dataset,
  checkpoint,
}: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint'>): Uint8Array {
  const names = [...network.parameters, ...network.buffers].map(({ name }) => name);
  const tensors = names.map((name): Tensor => checkpoint.tensors.get(name)!);
  return writeSafetensors(tensors, {
    ...datasetMetadata(dataset),
    images: preprocessingText(dataset),
    network: network.name,
    layout: 'NHWC images, HWIO filters, [in, out] dense weights',
    step: String(checkpoint.step),
    weightsDigest: checkpoint.weightsDigest,
  });
}
