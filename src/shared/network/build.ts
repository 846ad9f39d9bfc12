import { EXIT, GradsocketError } from '../errors.ts';
import { defaultInit } from '../job/resolve.ts';
import type { Job } from '../job/schema.ts';
import { buildCnn } from './cnn.ts';
import { freeze } from './freeze.ts';
import type { Network } from './network.ts';
import { buildResNet18 } from './resnet18.ts';

export type NetworkOptions = Pick<
  Job,
  | 'model'
  | 'channels'
  | 'kernel'
  | 'pool'
  | 'batchNorm'
  | 'dense'
  | 'dropout'
  | 'zeroInitResidual'
  | 'noSkip'
  | 'activation'
  | 'init'
  | 'loss'
  | 'freeze'
>;

/**
 * The network that a job asks for, for images of shape `input` ([height, width, channels]) and so many classes.
 *
 * @throws GradsocketError where the options do not fit the classes, or name a layer that there is none of
 */
export function buildNetwork(options: NetworkOptions, input: Network['input'], classes: number): Network {
  if (options.loss === 'sigmoid' && classes !== 2) {
    throw new GradsocketError(
      'LOSS_CLASSES',
      EXIT.configuration,
      `--loss sigmoid tells two classes apart, and there are ${classes}. Leave it out: softmax takes any number.`,
    );
  }
  const outputs = options.loss === 'sigmoid' ? 1 : classes;
  return freeze(bare(options, input, outputs), options.freeze);
}

function bare(options: NetworkOptions, input: Network['input'], outputs: number): Network {
  const complete = { ...options, init: options.init ?? defaultInit(options) };
  switch (options.model) {
    case 'cnn':
      return buildCnn(complete, input, outputs);
    case 'resnet18':
      return buildResNet18(complete, input, outputs);
  }
}
