import type { TrainedModel } from '../trained/model.ts';
import { type LayerConfig, type LayersModel, layersModel } from './layers-model.ts';
import { metadataOf } from './metadata.ts';
import { type Hdf5Array, type Hdf5Group, hdf5File } from './keras/hdf5.ts';
import { kerasOrder } from './keras/order.ts';
import { storedZip } from './keras/stored-zip.ts';

/** A model as one file of Keras 3: its layers, their weights, and what we say of it, beside what Keras does. */
export function kerasFile(
  trained: Pick<TrainedModel, 'network' | 'dataset' | 'checkpoint'>,
  version: string,
): Uint8Array {
  const { network, dataset, checkpoint } = trained;
  const model = layersModel(network, checkpoint.tensors, dataset);
  const metadata = {
    keras_version: '3.0.0',
    date_saved: '1980-01-01@00:00:00',
    gradsocket: {
      version,
      input: 'float32 [n, height, width, channels], pixels from 0 to 255',
      ...metadataOf(trained, { sigmoid: 'keras.ops.sigmoid', softmax: 'keras.ops.softmax' }),
    },
  };
  return storedZip([
    { name: 'metadata.json', content: Buffer.from(JSON.stringify(metadata)) },
    { name: 'config.json', content: Buffer.from(JSON.stringify(configOf(model, network.name))) },
    { name: 'model.weights.h5', content: hdf5File(weightsOf(model)) },
  ]);
}

function configOf({ layers, output }: LayersModel, name: string) {
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name,
      trainable: true,
      layers: layers.map(layerConfig),
      input_layers: [[layers[0]!.name, 0, 0]],
      output_layers: [[output, 0, 0]],
    },
    registered_name: 'Functional',
    build_config: { input_shape: null },
  };
}

/** What Keras 3 calls otherwise than Keras 2 did, whose names tfjs has. */
const RENAMED: Readonly<Record<string, string>> = { batch_input_shape: 'batch_shape', alpha: 'negative_slope' };

function layerConfig({ class_name, config, name, inbound_nodes }: LayerConfig) {
  const renamed = Object.entries(config).map(([key, value]) => [RENAMED[key] ?? key, value] as const);
  return {
    module: 'keras.layers',
    class_name,
    config: Object.fromEntries(renamed),
    registered_name: null,
    name,
    inbound_nodes,
  };
}

/** `layers/conv2d_1/vars/0`: by class and place, whatever a layer is called. */
function weightsOf({ layers, output, weights }: LayersModel): Hdf5Group {
  const wired = layers.map((layer) => ({ ...layer, inputs: inputsOf(layer) }));
  const groups = new Map<string, Hdf5Group>();
  const counts = new Map<string, number>();
  for (const { class_name: kind, name } of kerasOrder(wired, output)) {
    const base = snakeCase(kind);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const own = weights.filter((weight) => weight.name.startsWith(`${name}/`));
    if (own.length === 0) continue;
    const variables = own.map(({ shape, bytes }, index): [string, Hdf5Array] => [String(index), { shape, bytes }]);
    groups.set(count === 0 ? base : `${base}_${count}`, new Map([['vars', new Map(variables)]]));
  }
  return new Map<string, Hdf5Group>([
    ['layers', groups],
    ['vars', new Map()],
  ]);
}

function inputsOf({ inbound_nodes: [node] }: LayerConfig): readonly string[] {
  return ((node ?? []) as readonly (readonly [string])[]).map(([name]) => name);
}

/** As Keras makes it: `Conv2D` is `conv2d`, `BatchNormalization` is `batch_normalization`. */
function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
