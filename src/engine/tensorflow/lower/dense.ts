import { DATA_TYPE } from '../graph/attribute.ts';
import type { Tensor } from '../graph/graph.ts';
import { FLOAT, type LoweringContext, type OperationOf } from './context.ts';

export function matMul(operation: OperationOf<'matMul'>, context: LoweringContext): Tensor[] {
  return [
    context.graph.node('MatMul', context.name(operation), context.inputs(operation), {
      ...FLOAT,
      transpose_a: { boolean: operation.transposeA },
      transpose_b: { boolean: operation.transposeB },
    }),
  ];
}

export function reshape(operation: OperationOf<'reshape'>, context: LoweringContext): Tensor[] {
  const [x] = context.inputs(operation) as [Tensor];
  return [context.reshape(x, context.shape(operation.outputs[0]), context.name(operation), context.typeOf(operation))];
}

export function globalAverage(operation: OperationOf<'globalAverage'>, context: LoweringContext): Tensor[] {
  const [x] = context.inputs(operation) as [Tensor];
  return [
    context.graph.node('Mean', context.name(operation), [x, context.graph.integers([2], [1, 2])], {
      ...FLOAT,
      Tidx: { type: DATA_TYPE.int32 },
      keep_dims: { boolean: false },
    }),
  ];
}

export function globalAverageGrad(operation: OperationOf<'globalAverageGrad'>, context: LoweringContext): Tensor[] {
  const [dy] = context.inputs(operation) as [Tensor];
  const { graph } = context;
  const name = context.name(operation);
  const shape = context.shape(operation.outputs[0]);
  const [n, height, width, channels] = shape as [number, number, number, number];
  const share = graph.node('Mul', `${name}/share`, [dy, graph.scalar(1 / (height * width))], FLOAT);
  const pixels = context.reshape(share, [n, 1, 1, channels], `${name}/pixel`);
  return [
    graph.node('BroadcastTo', name, [pixels, graph.integers([4], shape)], {
      ...FLOAT,
      Tidx: { type: DATA_TYPE.int32 },
    }),
  ];
}
