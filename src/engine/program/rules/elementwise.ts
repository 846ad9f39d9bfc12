import { sizeOf } from '../../../shared/network/layout.ts';
import type { OperationKind } from '../steps/operations.ts';
import { expectShape, type Rule, required } from './rule.ts';

type Kind<Name extends OperationKind['op']> = Extract<OperationKind, { op: Name }>;

export const biasAdd: Rule<Kind<'biasAdd'>> = {
  inputs: 2,
  shapes(_, [x, bias]) {
    expectShape('the bias', bias!, x!.slice(-1));
    return [x!];
  },
  backward(_, { gradient, name }, program) {
    const [dBias] = program.emit({ op: 'biasAddGrad' }, [gradient], `${name}/grad`);
    return [gradient, dBias!];
  },
};

export const biasAddGrad: Rule<Kind<'biasAddGrad'>> = {
  inputs: 1,
  shapes: (_, [dy]) => [dy!.slice(-1)],
};

export const activation: Rule<Kind<'activation'>> = {
  inputs: 1,
  shapes: (_, [x]) => [x!],
  backward({ kind }, { outputs: [y], gradient, name }, program) {
    return program.emit({ op: 'activationGrad', kind }, [gradient, y!], `${name}/grad`);
  },
};

export const activationGrad: Rule<Kind<'activationGrad'>> = {
  inputs: 2,
  shapes(_, [dy, y]) {
    expectShape('the gradient of the activation', dy!, y!);
    return [y!];
  },
};

export const add: Rule<Kind<'add'>> = {
  inputs: 2,
  shapes(_, [a, b]) {
    expectShape('the second summand', b!, a!);
    return [a!];
  },
  backward: (_, { gradient }) => [gradient, gradient],
};

export const multiply: Rule<Kind<'multiply'>> = {
  inputs: 2,
  shapes(_, [a, b]) {
    expectShape('the second factor', b!, a!);
    return [a!];
  },
  backward(_, { inputs: [a, b], gradient, name }, program) {
    const [da] = program.emit({ op: 'multiply' }, [gradient, b!], `${name}/grad_a`);
    const [db] = program.emit({ op: 'multiply' }, [gradient, a!], `${name}/grad_b`);
    return [da!, db!];
  },
};

/** Only passes that run after differentiation write it. */
export const cast: Rule<Kind<'cast'>> = {
  inputs: 1,
  shapes: (_, [x]) => [x!],
};

export const reshape: Rule<Kind<'reshape'>> = {
  inputs: 1,
  shapes(_, [x], stated) {
    const y = required('a reshaped tensor', stated);
    if (sizeOf(y) !== sizeOf(x!)) throw new RangeError(`[${x!.join(', ')}] cannot be reshaped to [${y.join(', ')}]`);
    return [y];
  },
  backward(_, { inputs: [x], gradient, name }, program) {
    return program.emit({ op: 'reshape' }, [gradient], `${name}/grad`, program.shapeOf(x!));
  },
};
