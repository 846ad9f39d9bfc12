import type { OperationKind } from '../steps/operations.ts';
import { expectRank, expectShape, type Rule, type Shape } from './rule.ts';

type Kind<Name extends OperationKind['op']> = Extract<OperationKind, { op: Name }>;

export const matMul: Rule<Kind<'matMul'>> = {
  inputs: 2,
  shapes({ transposeA, transposeB }, [a, b]) {
    expectRank('the left matrix', a!, 2);
    expectRank('the right matrix', b!, 2);
    const [rows, inner] = transposeA ? [a![1]!, a![0]!] : [a![0]!, a![1]!];
    const [innerB, columns] = transposeB ? [b![1]!, b![0]!] : [b![0]!, b![1]!];
    if (inner !== innerB)
      throw new RangeError(`matrices with ${inner} columns and ${innerB} rows cannot be multiplied`);
    return [[rows, columns]];
  },
  backward({ transposeA, transposeB }, { inputs: [a, b], gradient, name }, program) {
    const product = (left: number, transposeLeft: boolean, right: number, transposeRight: boolean, suffix: string) =>
      program.emit(
        { op: 'matMul', transposeA: transposeLeft, transposeB: transposeRight },
        [left, right],
        `${name}/${suffix}`,
      )[0]!;
    // The right matrix is the weight: its gradient may leave while the left one's is computed.
    const db = transposeB
      ? product(gradient, true, a!, transposeA, 'grad_b')
      : product(a!, !transposeA, gradient, false, 'grad_b');
    const da = transposeA
      ? product(b!, transposeB, gradient, true, 'grad_a')
      : product(gradient, false, b!, !transposeB, 'grad_a');
    return [da, db];
  },
};

export const sigmoidCrossEntropy: Rule<Kind<'sigmoidCrossEntropy'>> = {
  inputs: 2,
  furtherOutputs: ['grad'],
  shapes(_, [logits, targets]) {
    expectShape('the logits', logits!, [targets![0]!, 1]);
    return [lossesOf(logits!, targets!), logits!];
  },
  // As below: the sum of the losses is what is minimised.
  backward: (_, { outputs }) => [outputs[1]!, null],
};

export const softmaxCrossEntropy: Rule<Kind<'softmaxCrossEntropy'>> = {
  inputs: 2,
  furtherOutputs: ['grad'],
  shapes(_, [logits, targets]) {
    expectRank('the logits', logits!, 2);
    return [lossesOf(logits!, targets!), logits!];
  },
  // The sum of the losses is what is minimised, so their own gradient is one, and output 1 is ready.
  backward: (_, { outputs }) => [outputs[1]!, null],
};

/** Labels are one for each sample, soft targets one for each logit. */
function lossesOf(logits: Shape, targets: Shape): Shape {
  const samples = [logits[0]!];
  if (targets.length === 1) expectShape('the labels', targets, samples);
  else expectShape('the targets', targets, logits);
  return samples;
}
