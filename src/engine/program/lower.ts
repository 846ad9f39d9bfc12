import type { Layer, Network, NodeId } from '../../shared/network/network.ts';
import { ProgramBuilder } from './passes/builder.ts';
import type { LossOptions, ValueId, Window } from './steps/operations.ts';
import type { StepProgram } from './steps/program.ts';

export interface LoweringOptions {
  readonly kind: StepProgram['kind'];
  /** Samples. */
  readonly batch: number;
  /** Null: no labels and no loss. */
  readonly loss: LossOptions | null;
  /** Whether samples have shares of classes in the place of labels. */
  readonly softTargets?: boolean;
  /** Nodes whose outputs are to be looked at. */
  readonly observe?: readonly NodeId[];
}

/** Writes the forward part of a network, one layer after the other, as plainly as possible: passes make it fast. */
export function lowerNetwork(network: Network, options: LoweringOptions): StepProgram {
  const { kind, batch, loss, softTargets = false, observe } = options;
  const program = new ProgramBuilder();
  const statistics: { buffer: number; value: ValueId }[] = [];
  const images = program.input({ kind: 'images' }, 'images', [batch, ...network.input]);
  const parameters = network.parameters.map(({ name, shape }, index) =>
    program.input({ kind: 'parameter', index }, name, shape),
  );
  const buffer = (index: number): ValueId => {
    const { name, shape } = network.buffers[index]!;
    return program.input({ kind: 'buffer', index }, name, shape);
  };
  const outputs: ValueId[] = [];
  const at = (node: number): ValueId => (node < 0 ? images : outputs[node]!);

  const lower = (name: string, layer: Layer, shape: readonly number[]): ValueId => {
    switch (layer.kind) {
      case 'conv': {
        const [y] = program.emit(
          { op: 'conv2d', window: square(layer.kernel, layer) },
          [at(layer.input), parameters[layer.weight]!],
          name,
        );
        return layer.bias === null
          ? y!
          : program.emit({ op: 'biasAdd' }, [y!, parameters[layer.bias]!], `${name}/bias`)[0]!;
      }
      case 'dense': {
        const product = { op: 'matMul', transposeA: false, transposeB: false } as const;
        const [y] = program.emit(product, [at(layer.input), parameters[layer.weight]!], name);
        return program.emit({ op: 'biasAdd' }, [y!, parameters[layer.bias]!], `${name}/bias`)[0]!;
      }
      case 'batchNorm': {
        const { epsilon } = layer;
        const inputs = [at(layer.input), parameters[layer.scale]!, parameters[layer.offset]!];
        if (kind === 'forward' || layer.frozen) {
          inputs.push(buffer(layer.runningMean), buffer(layer.runningVariance));
          return program.emit({ op: 'batchNormInference', epsilon }, inputs, name)[0]!;
        }
        const [y, mean, variance] = program.emit({ op: 'batchNorm', epsilon }, inputs, name);
        statistics.push(
          { buffer: layer.runningMean, value: mean! },
          { buffer: layer.runningVariance, value: variance! },
        );
        return y!;
      }
      case 'activation':
        return program.emit({ op: 'activation', kind: layer.function }, [at(layer.input)], name)[0]!;
      case 'pool': {
        const op = layer.mode === 'max' ? 'maxPool' : 'avgPool';
        return program.emit({ op, window: square(layer.size, layer) }, [at(layer.input)], name)[0]!;
      }
      case 'add':
        return program.emit({ op: 'add' }, layer.inputs.map(at), name)[0]!;
      case 'globalAverage':
        return program.emit({ op: 'globalAverage' }, [at(layer.input)], name)[0]!;
      case 'flatten':
        return program.emit({ op: 'reshape' }, [at(layer.input)], name, [batch, ...shape])[0]!;
      case 'dropout': {
        if (kind === 'forward') return at(layer.input);
        const mask = program.input({ kind: 'mask', index: layer.mask }, `${name}/mask`, [batch, ...shape]);
        return program.emit({ op: 'multiply' }, [at(layer.input), mask], name)[0]!;
      }
    }
  };

  for (const { name, layer, shape } of network.nodes) outputs.push(lower(name, layer, shape));
  const logits = outputs[outputs.length - 1]!;
  let losses: ValueId | null = null;
  if (loss !== null) {
    const targets = softTargets
      ? program.input({ kind: 'targets' }, 'targets', [batch, network.outputs])
      : program.input({ kind: 'labels' }, 'labels', [batch], 'int32');
    const op = network.outputs === 1 ? 'sigmoidCrossEntropy' : 'softmaxCrossEntropy';
    losses = program.emit({ op, ...loss }, [logits, targets], 'loss')[0]!;
  }
  statistics.sort((a, b) => a.buffer - b.buffer);
  const observed = observe?.map(at);
  return program.finish({
    ...{ kind, batch, logits, losses, statistics, gradients: [] },
    ...(observed === undefined ? {} : { observed }),
  });
}

function square(size: number, { stride, padding }: { readonly stride: number; readonly padding: number }): Window {
  return {
    size: [size, size],
    strides: [stride, stride],
    padding: { top: padding, bottom: padding, left: padding, right: padding },
  };
}
