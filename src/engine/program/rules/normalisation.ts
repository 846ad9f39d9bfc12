import type { OperationKind } from '../steps/operations.ts';
import { expectShape, type Rule, type Shape } from './rule.ts';

type Kind<Name extends OperationKind['op']> = Extract<OperationKind, { op: Name }>;

function expectChannels(x: Shape, perChannel: Readonly<Record<string, Shape>>): void {
  for (const [what, shape] of Object.entries(perChannel)) {
    expectShape(`the ${what} of a batch norm`, shape, x.slice(-1));
  }
}

/**
 * What an engine keeps for its gradient. Engines may keep other things in the reserves than shapes here say; no
 * operation but batchNormGrad reads them.
 */
const EMPTY: Shape = [0];

export const batchNorm: Rule<Kind<'batchNorm'>> = {
  inputs: 3,
  furtherOutputs: ['mean', 'variance', 'reserve1', 'reserve2', 'reserve3'],
  shapes(_, [x, scale, offset]) {
    expectChannels(x!, { scale: scale!, offset: offset! });
    return [x!, scale!, scale!, scale!, scale!, EMPTY];
  },
  backward({ epsilon }, { inputs: [x, scale], outputs, gradient, name }, program) {
    const reserves = outputs.slice(3);
    return program.emit({ op: 'batchNormGrad', epsilon }, [gradient, x!, scale!, ...reserves], `${name}/grad`);
  },
};

export const batchNormGrad: Rule<Kind<'batchNormGrad'>> = {
  inputs: 6,
  furtherOutputs: ['scale', 'offset'],
  shapes(_, [dy, x, scale, reserve1, reserve2, reserve3]) {
    expectShape('the gradient of the batch norm', dy!, x!);
    expectChannels(x!, { scale: scale!, reserve: reserve1!, 'second reserve': reserve2! });
    expectShape('the third reserve of the batch norm', reserve3!, EMPTY);
    return [x!, scale!, scale!];
  },
};

export const batchNormInference: Rule<Kind<'batchNormInference'>> = {
  inputs: 5,
  shapes(_, [x, scale, offset, mean, variance]) {
    expectChannels(x!, { scale: scale!, offset: offset!, mean: mean!, variance: variance! });
    return [x!];
  },
  // Differentiated in frozen layers only, so the parameters' own gradients are nobody's business.
  backward({ epsilon }, { inputs: [, scale, , , variance], gradient, name }, program) {
    const inputs = [gradient, scale!, variance!];
    const [dx] = program.emit({ op: 'batchNormInferenceGrad', epsilon }, inputs, `${name}/grad`);
    return [dx!, null, null, null, null];
  },
};

export const batchNormInferenceGrad: Rule<Kind<'batchNormInferenceGrad'>> = {
  inputs: 3,
  shapes(_, [dy, scale, variance]) {
    expectChannels(dy!, { scale: scale!, variance: variance! });
    return [dy!];
  },
};
