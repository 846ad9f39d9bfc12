import type { OperationKind, Window } from '../steps/operations.ts';
import { expectRank, expectShape, type Rule, required, type Shape, windowOutput } from './rule.ts';

type Kind<Name extends OperationKind['op']> = Extract<OperationKind, { op: Name }>;

function outputShape(x: Shape, window: Window): Shape {
  return [x[0]!, ...windowOutput(x, window), x[3]!];
}

function expectNoPadding({ padding }: Window): void {
  if (padding.top + padding.bottom + padding.left + padding.right > 0) {
    throw new RangeError('average pooling with padding is not supported');
  }
}

export const maxPool: Rule<Kind<'maxPool'>> = {
  inputs: 1,
  shapes: ({ window }, [x]) => [outputShape(x!, window)],
  backward({ window }, { inputs: [x], outputs: [y], gradient, name }, program) {
    return program.emit({ op: 'maxPoolGrad', window }, [x!, y!, gradient], `${name}/grad`);
  },
};

export const maxPoolGrad: Rule<Kind<'maxPoolGrad'>> = {
  inputs: 3,
  shapes({ window }, [x, y, dy]) {
    expectShape('the output of the pool', y!, outputShape(x!, window));
    expectShape('the gradient of the pool', dy!, y!);
    return [x!];
  },
};

export const avgPool: Rule<Kind<'avgPool'>> = {
  inputs: 1,
  shapes({ window }, [x]) {
    expectNoPadding(window);
    return [outputShape(x!, window)];
  },
  backward({ window }, { inputs: [x], gradient, name }, program) {
    return program.emit({ op: 'avgPoolGrad', window }, [gradient], `${name}/grad`, program.shapeOf(x!));
  },
};

export const avgPoolGrad: Rule<Kind<'avgPoolGrad'>> = {
  inputs: 1,
  shapes({ window }, [dy], stated) {
    expectNoPadding(window);
    const dx = required('the gradient of a pool’s input', stated);
    expectShape('the gradient of the pool', dy!, outputShape(dx, window));
    return [dx];
  },
};

export const globalAverage: Rule<Kind<'globalAverage'>> = {
  inputs: 1,
  shapes(_, [x]) {
    expectRank('the image', x!, 4);
    return [[x![0]!, x![3]!]];
  },
  backward(_, { inputs: [x], gradient, name }, program) {
    return program.emit({ op: 'globalAverageGrad' }, [gradient], `${name}/grad`, program.shapeOf(x!));
  },
};

export const globalAverageGrad: Rule<Kind<'globalAverageGrad'>> = {
  inputs: 1,
  shapes(_, [dy], stated) {
    const dx = required('the gradient of an average’s input', stated);
    expectRank('the gradient of an average’s input', dx, 4);
    expectShape('the gradient of the average', dy!, [dx[0]!, dx[3]!]);
    return [dx];
  },
};
