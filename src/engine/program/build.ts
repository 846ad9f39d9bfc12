import type { Network, NodeId } from '../../shared/network/network.ts';
import { lowerNetwork } from './lower.ts';
import type { LossOptions } from './steps/operations.ts';
import { computeInBfloat16 } from './passes/bfloat16.ts';
import { differentiate } from './passes/differentiate.ts';
import { poolFirst } from './passes/pool-first.ts';
import { removeDead } from './passes/remove-dead.ts';
import type { StepProgram } from './steps/program.ts';

/** In what a training program computes. Parameters, gradients, losses and statistics are float32 either way. */
export type Precision = 'f32' | 'bf16';

/** Forward, loss and backward for microbatches of `batch` samples. `softTargets`: each has a share of every class, not a label. */
export function trainingProgram(
  network: Network,
  batch: number,
  options: LossOptions & { readonly precision?: Precision; readonly softTargets?: boolean },
): StepProgram {
  const frozen = new Set(network.parameters.flatMap((parameter, index) => (parameter.frozen ? [index] : [])));
  const { precision = 'f32', softTargets = false, ...loss } = options;
  const program = removeDead(
    differentiate(poolFirst(lowerNetwork(network, { kind: 'training', batch, loss, softTargets })), frozen),
  );
  return precision === 'bf16' ? computeInBfloat16(program) : program;
}

/**
 * Forward with running statistics and without dropout. With labels it computes the losses, too: plain cross-entropy,
 * without smoothing, as evaluation wants it. Always in float32, whatever the precision of training: what is measured is what
 * `eval`, `predict` and whoever loads an export compute.
 */
export function forwardProgram(network: Network, batch: number, options: { readonly labels: boolean }): StepProgram {
  const loss = options.labels ? { labelSmoothing: 0 } : null;
  return removeDead(poolFirst(lowerNetwork(network, { kind: 'forward', batch, loss })));
}

/**
 * The forward part of a training step, as plainly as the network is written: dropout and batch statistics are those of training,
 * and nothing is moved, so that each activation stands where its layer does. The outputs of the given nodes are to be looked at.
 */
export function observingProgram(network: Network, batch: number, observe: readonly NodeId[]): StepProgram {
  return removeDead(lowerNetwork(network, { kind: 'training', batch, loss: null, observe }));
}

/** As `forwardProgram` without labels, but that nothing is moved, and the outputs of the given nodes are to be looked at. */
export function lookingProgram(network: Network, batch: number, observe: readonly NodeId[]): StepProgram {
  return removeDead(lowerNetwork(network, { kind: 'forward', batch, loss: null, observe }));
}
