import type { Classifier } from './classifier.ts';
import type { TrainedModel } from './model.ts';

/** The logits of each image. Valid until the next call. */
export async function logitsOf(
  classifier: Pick<Classifier, 'run'>,
  { network: { outputs } }: Pick<TrainedModel, 'network'>,
  pixels: readonly Uint8Array[],
): Promise<readonly Float32Array[]> {
  if (pixels.length === 0) return [];
  const { logits } = await classifier.run(pixels, new Int32Array(pixels.length));
  return pixels.map((_, index) => logits.subarray(index * outputs, (index + 1) * outputs));
}

/** What is said of a model whose logits are no numbers. */
export function noNumber(file: string): string {
  return (
    `The model gives no number for ${file}: it has diverged. Choose an earlier one with --checkpoint, or train anew ` +
    'with a lower --lr.'
  );
}
