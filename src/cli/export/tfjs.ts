import type { TrainedModel } from '../trained/model.ts';
import { layersModel } from './layers-model.ts';
import { metadataOf } from './metadata.ts';

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
      ...metadataOf(trained, { sigmoid: 'tf.sigmoid', softmax: 'tf.softmax' }),
    },
  };
  return { model: `${JSON.stringify(model)}\n`, weights: Buffer.concat(weights.map(({ bytes }) => bytes)) };
}
