import type { OperationKind, Window } from '../steps/operations.ts';
import { expectRank, expectShape, type Rule, required, type Shape, windowOutput } from './rule.ts';

type Kind<Name extends OperationKind['op']> = Extract<OperationKind, { op: Name }>;

function outputShape(x: Shape, filter: Shape, window: Window): Shape {
  expectRank('the filter', filter, 4);
  expectShape('the filter', filter, [...window.size, x[3]!, filter[3]!]);
  return [x[0]!, ...windowOutput(x, window), filter[3]!];
}

export const conv2d: Rule<Kind<'conv2d'>> = {
  inputs: 2,
  shapes: ({ window }, [x, filter]) => [outputShape(x!, filter!, window)],
  backward({ window }, { inputs: [x, filter], gradient, name }, program) {
    // The filter's gradient first: it may leave for the all-reduce while the input's is computed.
    const [dFilter] = program.emit(
      { op: 'conv2dGradFilter', window },
      [x!, gradient],
      `${name}/grad_filter`,
      program.shapeOf(filter!),
    );
    const [dx] = program.emit(
      { op: 'conv2dGradInput', window },
      [filter!, gradient],
      `${name}/grad_input`,
      program.shapeOf(x!),
    );
    return [dx!, dFilter!];
  },
};

export const conv2dGradInput: Rule<Kind<'conv2dGradInput'>> = {
  inputs: 2,
  shapes({ window }, [filter, dy], stated) {
    const dx = required('the gradient of a convolution’s input', stated);
    expectShape('the gradient of the convolution', dy!, outputShape(dx, filter!, window));
    return [dx];
  },
};

export const conv2dGradFilter: Rule<Kind<'conv2dGradFilter'>> = {
  inputs: 2,
  shapes({ window }, [x, dy]) {
    const filter = [...window.size, x![3]!, dy![3]!];
    expectShape('the gradient of the convolution', dy!, outputShape(x!, filter, window));
    return [filter];
  },
};
