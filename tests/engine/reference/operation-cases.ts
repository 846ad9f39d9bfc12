import fc from 'fast-check';
import { sizeOf } from '../../../src/shared/network/layout.ts';
import { ProgramBuilder } from '../../../src/engine/program/passes/builder.ts';
import type { OperationKind, Window } from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';

type Shape = readonly number[];

/** One forward operation on inputs of these shapes. */
export interface OperationCase {
  readonly operation: OperationKind;
  readonly inputs: readonly Shape[];
  readonly stated?: Shape;
  /** Only the first input is differentiated; the others are buffers. */
  readonly frozen?: boolean;
}

/**
 * A program of one operation: its inputs are the parameters, its output is flattened to logits, so that differentiating
 * it gives the gradient of every input through the operation's backward rule.
 */
export function programOf({ operation, inputs, stated, frozen = false }: OperationCase): StepProgram {
  const program = new ProgramBuilder();
  const parameters = inputs.map((shape, index) => {
    const source =
      frozen && index > 0 ? ({ kind: 'buffer', index: index - 1 } as const) : ({ kind: 'parameter', index } as const);
    return program.input(source, `p${index}`, shape);
  });
  const y = program.emit(operation, parameters, 'y', stated);
  const shape = program.shapeOf(y[0]!);
  const batch = shape[0]!;
  const [logits] = program.emit({ op: 'reshape' }, [y[0]!], 'logits', [batch, sizeOf(shape) / batch]);
  const labels = program.input({ kind: 'labels' }, 'labels', [batch], 'int32');
  const loss = { op: 'softmaxCrossEntropy', labelSmoothing: 0.1 } as const;
  const [losses] = program.emit(loss, [logits!, labels], 'loss');
  const statistics = operation.op === 'batchNorm' ? [y[1]!, y[2]!].map((value, buffer) => ({ buffer, value })) : [];
  return program.finish({ kind: 'training', batch, logits: logits!, losses: losses!, statistics, gradients: [] });
}

const small = fc.integer({ min: 1, max: 3 });
/** Kernels work on four or eight channels at a time: fewer, as many, and more. */
const channelCount = fc.constantFrom(1, 2, 3, 4, 5, 8, 9);

/** Windows with any padding up to the kernel's size, and images that they fit. */
function windowed(options: { readonly padding: boolean; readonly maxSize: number }) {
  const axis = fc
    .record({
      size: fc.integer({ min: 1, max: options.maxSize }),
      stride: fc.integer({ min: 1, max: 3 }),
      before: fc.nat(2),
      after: fc.nat(2),
      extra: fc.nat(4),
    })
    .map(({ size, stride, before, after, extra }) => {
      const padding = options.padding ? [Math.min(before, size - 1), Math.min(after, size - 1)] : [0, 0];
      return { size, stride, before: padding[0]!, after: padding[1]!, image: size + extra };
    });
  return fc.tuple(axis, axis, small, channelCount).map(([rows, columns, batch, channels]) => {
    const window: Window = {
      size: [rows.size, columns.size],
      strides: [rows.stride, columns.stride],
      padding: { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
    };
    return { window, image: [batch, rows.image, columns.image, channels] as const };
  });
}

const shape4 = fc.tuple(small, small, small, channelCount);

/** Random cases of every operation that has a backward rule. */
export const OPERATION_CASES: Readonly<Record<string, fc.Arbitrary<OperationCase>>> = {
  conv2d: fc.tuple(windowed({ padding: true, maxSize: 4 }), channelCount).map(([{ window, image }, filters]) => ({
    operation: { op: 'conv2d', window },
    inputs: [image, [...window.size, image[3], filters]],
  })),
  maxPool: windowed({ padding: true, maxSize: 3 }).map(({ window, image }) => ({
    operation: { op: 'maxPool', window },
    inputs: [image],
  })),
  avgPool: windowed({ padding: false, maxSize: 3 }).map(({ window, image }) => ({
    operation: { op: 'avgPool', window },
    inputs: [image],
  })),
  biasAdd: shape4.map((shape) => ({ operation: { op: 'biasAdd' }, inputs: [shape, [shape[3]]] })),
  activation: fc
    .tuple(shape4, fc.constantFrom('relu', 'leaky_relu', 'sigmoid', 'tanh'))
    .map(([shape, kind]) => ({ operation: { op: 'activation', kind }, inputs: [shape] })),
  add: shape4.map((shape) => ({ operation: { op: 'add' }, inputs: [shape, shape] })),
  multiply: shape4.map((shape) => ({ operation: { op: 'multiply' }, inputs: [shape, shape] })),
  reshape: shape4.map((shape) => ({
    operation: { op: 'reshape' },
    inputs: [shape],
    stated: [shape[0], shape[3], shape[1] * shape[2]],
  })),
  globalAverage: shape4.map((shape) => ({ operation: { op: 'globalAverage' }, inputs: [shape] })),
  matMul: fc
    .tuple(channelCount, channelCount, channelCount, fc.boolean(), fc.boolean())
    .map(([rows, inner, columns, transposeA, transposeB]) => ({
      operation: { op: 'matMul', transposeA, transposeB },
      inputs: [transposeA ? [inner, rows] : [rows, inner], transposeB ? [columns, inner] : [inner, columns]],
    })),
  batchNorm: fc.tuple(fc.integer({ min: 2, max: 4 }), small, small, channelCount).map((shape) => ({
    operation: { op: 'batchNorm', epsilon: 1e-2 },
    inputs: [shape, [shape[3]], [shape[3]]],
  })),
  batchNormInference: shape4.map((shape) => ({
    operation: { op: 'batchNormInference', epsilon: 1e-2 },
    inputs: [shape, ...Array.from({ length: 4 }, () => [shape[3]])],
    frozen: true,
  })),
};
