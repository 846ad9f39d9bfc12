import type { Network } from '../../shared/network/network.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { Preprocessing } from '../../browser/preprocessing.ts';
import type { TrainedModel } from '../trained/model.ts';
import { preprocessingText } from './preprocessing-text.ts';

/** What a file says of the model in it, for people and for programs. */
export interface ModelMetadata {
  readonly images: string;
  readonly preprocessing: Preprocessing;
  readonly output: string;
  readonly classes: readonly string[];
  readonly step: number;
  readonly weightsDigest: string;
}

/** `functions`: what the other program calls sigmoid and softmax. */
export function metadataOf(
  { network, dataset, checkpoint }: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint'>,
  functions: { readonly sigmoid: string; readonly softmax: string } = { sigmoid: 'sigmoid', softmax: 'softmax' },
): ModelMetadata {
  return {
    images: preprocessingText(dataset),
    preprocessing: preprocessingOf(dataset),
    output: outputText(network, functions),
    classes: dataset.classes,
    step: checkpoint.step,
    weightsDigest: checkpoint.weightsDigest,
  };
}

/** What is done to an image, from its pixels as a decoder gives them to those that the network takes. */
function preprocessingOf({
  imageShape: [height, width, channels],
  decoding,
}: Pick<DatasetDescription, 'imageShape' | 'decoding'>): Preprocessing {
  const size = [height, width] as const;
  const color = channels === 1 ? 'gray' : 'rgb';
  // Where a dataset says nothing, libvips resizes, whose arithmetic is another one.
  if (decoding === undefined) {
    return { size, color, resize: 'cover', interpolation: 'lanczos', arithmetic: 'libvips', colorProfile: 'apply' };
  }
  const { resize, interpolation, colourProfile } = decoding;
  return { size, color, resize, interpolation, arithmetic: 'pillow', colorProfile: colourProfile };
}

/** The softmax of a single logit is 1, whatever the image. */
function outputText(
  { outputs, classes }: Network,
  { sigmoid, softmax }: { readonly sigmoid: string; readonly softmax: string },
): string {
  return outputs === 1
    ? `float32 [n, 1], the logit of the second class; ${sigmoid} makes its probability of it, and 1 minus that is the first one's`
    : `float32 [n, ${classes}], the logit of each class; ${softmax} makes probabilities of them`;
}
