import type { Job } from '../job/schema.ts';
import { buildCnn } from './cnn.ts';
import type { Network } from './network.ts';
import { buildResNet18 } from './resnet18.ts';

export type NetworkOptions = Pick<Job, 'model' | 'channels' | 'dense' | 'dropout' | 'activation' | 'init'>;

/** The network that a job asks for, for images of shape `input` ([height, width, channels]) and so many classes. */
export function buildNetwork(options: NetworkOptions, input: Network['input'], classes: number): Network {
  switch (options.model) {
    case 'cnn':
      return buildCnn(options, input, classes);
    case 'resnet18':
      return buildResNet18(options, input, classes);
  }
}
