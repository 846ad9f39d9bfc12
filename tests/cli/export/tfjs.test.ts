import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/shared/job/schema.ts';
import { expectSameLogits, modelJson, modelOf } from './exported.ts';

/** What Keras's constructors take, of which its `from_config` lets no other key pass. tfjs passes over what it does not know. */
const LAYER = ['name', 'trainable', 'dtype'];
const WINDOW = ['strides', 'padding', 'data_format'];
const FILTERS = ['kernel_size', ...WINDOW, 'dilation_rate', 'activation', 'use_bias'];
const KERAS: Readonly<Record<string, readonly string[]>> = {
  // No layer that could be trained: Keras refuses to be told.
  InputLayer: ['name', 'batch_input_shape', 'dtype', 'sparse', 'ragged'],
  Conv2D: [...LAYER, ...FILTERS, 'filters', 'groups'],
  DepthwiseConv2D: [...LAYER, ...FILTERS, 'depth_multiplier'],
  Dense: [...LAYER, 'units', 'activation', 'use_bias'],
  BatchNormalization: [...LAYER, 'axis', 'momentum', 'epsilon', 'center', 'scale'],
  Activation: [...LAYER, 'activation'],
  LeakyReLU: [...LAYER, 'alpha'],
  MaxPooling2D: [...LAYER, ...WINDOW, 'pool_size'],
  AveragePooling2D: [...LAYER, ...WINDOW, 'pool_size'],
  GlobalAveragePooling2D: [...LAYER, 'data_format', 'keepdims'],
  ZeroPadding2D: [...LAYER, 'padding', 'data_format'],
  Cropping2D: [...LAYER, 'cropping', 'data_format'],
  Dropout: [...LAYER, 'rate', 'noise_shape', 'seed'],
  Flatten: [...LAYER, 'data_format'],
  Add: LAYER,
};

/** The same of ResNet-18: tests/e2e/plain-tfjs.test.ts. */
describe('a model exported to tfjs gives the logits of the run, loaded by tfjs alone', () => {
  it.each(['relu', 'leaky_relu', 'sigmoid', 'tanh'] as const)('the CNN with %s', (activation) =>
    expectSameLogits(modelOf({ channels: [4, 6], dense: 8, dropout: 0.3, activation }, [12, 10, 3])),
  );

  it('the CNN on grey images whose sides are odd', () =>
    expectSameLogits(modelOf({ channels: [4, 6, 8], dense: 8 }, [9, 7, 1])));
});

describe('model.json', () => {
  it.each([
    ['the CNN', { channels: [4, 6], dense: 8, dropout: 0.3, batchNorm: true }, [12, 10, 3]],
    ['the CNN with leaky_relu and mean pools', { channels: [4], activation: 'leaky_relu', pool: 'avg' }, [9, 7, 1]],
    ['the CNN with tanh and one logit', { channels: [4], activation: 'tanh', loss: 'sigmoid' }, [8, 8, 1]],
    ['ResNet-18 with the 3x3 stem', { model: 'resnet18', freeze: 'all-but-head' }, [15, 17, 3]],
    ['ResNet-18 with the 7x7 stem', { model: 'resnet18', activation: 'sigmoid' }, [97, 99, 3]],
  ] as const)('of %s has no key that Keras would refuse', (_, { ...settings }, shape) => {
    const classes = 'loss' in settings ? ['cat', 'dog'] : undefined;
    const { config } = modelJson(modelOf(settings as Partial<Job>, [...shape], classes, 'zeros')).modelTopology;
    for (const { class_name: kind, config: own } of config.layers) {
      for (const key of Object.keys(own))
        expect(KERAS[kind] ?? [`not a layer that is known here: ${kind}`]).toContain(key);
    }
    expect(config.layers[0]!.config).toEqual({
      name: 'pixels',
      batch_input_shape: [null, ...shape],
      dtype: 'float32',
      sparse: false,
    });
  });

  it('says what makes probabilities of the output: sigmoid of one logit, else softmax', () => {
    const one = modelJson(modelOf({ channels: [4], loss: 'sigmoid' }, [8, 8, 1], ['cat', 'dog'])).userDefinedMetadata;
    expect(one.output).toContain('the logit of the second class; tf.sigmoid makes its probability of it');
    expect(one.output).not.toContain('softmax');
    const three = modelJson(modelOf({ channels: [4] }, [8, 8, 1])).userDefinedMetadata;
    expect(three.output).toBe('float32 [n, 3], the logit of each class; tf.softmax makes probabilities of them');
  });
});
