import type { Network } from '../../shared/network/network.ts';
import type { TrainedModel } from '../trained/model.ts';
import { layersModel } from './layers-model.ts';
import { preprocessingText } from './preprocessing-text.ts';

export interface TfjsFiles {
  /** model.json */
  readonly model: string;
  /** weights.bin */
  readonly weights: Uint8Array;
}

/** A model as the two files that `tf.loadLayersModel` reads. */
export function tfjsFiles(
  trained: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint'>,
  version: string,
): TfjsFiles {
  const { network, dataset, checkpoint } = trained;
  const { layers, output, weights } = layersModel(network, checkpoint.tensors, dataset);
  const input = layers[0]!.name;
  const model = {
    format: 'layers-model',
    generatedBy: `gradsocket ${version}`,
    convertedBy: null,
    modelTopology: {
      class_name: 'Model',
      config: { name: network.name, layers, input_layers: [[input, 0, 0]], output_layers: [[output, 0, 0]] },
      keras_version: '2.4.0',
      backend: 'tensorflow',
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: {
      input: 'float32 [n, height, width, channels], pixels from 0 to 255',
      images: preprocessingText(dataset),
      output: outputText(network),
      classes: dataset.classes,
      step: checkpoint.step,
      weightsDigest: checkpoint.weightsDigest,
    },
  };
  return { model: `${JSON.stringify(model)}\n`, weights: Buffer.concat(weights.map(({ bytes }) => bytes)) };
}

/** The softmax of a single logit is 1, whatever the image. */
function outputText({ outputs, classes }: Network): string {
  return outputs === 1
    ? "float32 [n, 1], the logit of the second class; tf.sigmoid makes its probability of it, and 1 minus that is the first one's"
    : `float32 [n, ${classes}], the logit of each class; tf.softmax makes probabilities of them`;
}
