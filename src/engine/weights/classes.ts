import { z } from 'zod';
import type { TensorFile } from '../../shared/checkpoint/safetensors.ts';

const names = z.array(z.string());
const dataset = z.object({ classes: names });

/** The classes that our own files say their weights were trained on, in the order of the last layer; null: nobody says. */
export function classesOf(metadata: TensorFile['metadata']): readonly string[] | null {
  try {
    return metadata['classes'] === undefined
      ? dataset.parse(JSON.parse(metadata['dataset'] ?? '')).classes
      : names.parse(JSON.parse(metadata['classes']));
  } catch {
    return null;
  }
}
