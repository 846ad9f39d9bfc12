import { type DatasetDescription, datasetDescription } from '../protocol/shared.ts';
import { badCheckpoint } from './safetensors.ts';
import type { Checkpoint } from './state.ts';

/**
 * The dataset's description travels in the checkpoint's metadata: class names, shape and normalisation belong to the
 * weights, and so the one file is enough to predict with.
 */
export function datasetMetadata(dataset: DatasetDescription): { readonly dataset: string } {
  return { dataset: JSON.stringify(dataset) };
}

/** @throws GradsocketError BAD_CHECKPOINT where the file does not say what it was trained on */
export function datasetOf({ file, metadata }: Pick<Checkpoint, 'file' | 'metadata'>): DatasetDescription {
  let value: unknown;
  try {
    value = JSON.parse(metadata['dataset'] ?? '');
  } catch (error) {
    throw badCheckpoint(file, 'it does not say what it was trained on', error);
  }
  const result = datasetDescription.safeParse(value);
  if (!result.success) throw badCheckpoint(file, 'what it says about its dataset is incomplete', result.error);
  return result.data;
}
