import type { Network } from '../network/network.ts';
import { lowerNetwork } from './lower.ts';
import { differentiate } from './passes/differentiate.ts';
import { poolFirst } from './passes/pool-first.ts';
import { removeDead } from './passes/remove-dead.ts';
import type { StepProgram } from './program.ts';

/** Forward, loss and backward for microbatches of `batch` samples. */
export function trainingProgram(
  network: Network,
  batch: number,
  options: { readonly labelSmoothing: number },
): StepProgram {
  const frozen = new Set(network.parameters.flatMap((parameter, index) => (parameter.frozen ? [index] : [])));
  return removeDead(
    differentiate(poolFirst(lowerNetwork(network, { kind: 'training', batch, loss: options })), frozen),
  );
}

/**
 * Forward with running statistics and without dropout. With labels it computes the losses, too: plain cross-entropy,
 * without smoothing, as evaluation wants it.
 */
export function forwardProgram(network: Network, batch: number, options: { readonly labels: boolean }): StepProgram {
  const loss = options.labels ? { labelSmoothing: 0 } : null;
  return removeDead(poolFirst(lowerNetwork(network, { kind: 'forward', batch, loss })));
}
