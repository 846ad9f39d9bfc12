import { ProgramBuilder } from './builder.ts';
import type { ValueId } from '../steps/operations.ts';
import type { StepProgram } from '../steps/program.ts';
import { ruleOf } from '../rules/table.ts';

/**
 * Appends the backward part: the gradient of the sum of the losses with respect to every parameter but the frozen ones.
 * Walks the forward operations backwards, so the last layer's gradients come first. Values that are used twice add their
 * gradients up. What leads to frozen parameters only is written, too, and taken out by `removeDead`: with frozen layers at
 * the bottom, backward ends above them.
 */
export function differentiate(forward: StepProgram, frozen: ReadonlySet<number> = new Set()): StepProgram {
  const program = new ProgramBuilder(forward);
  const gradients = new Map<ValueId, ValueId>();
  for (const operation of forward.operations.toReversed()) {
    const { inputs, outputs } = operation;
    const name = forward.values[outputs[0]!]!.name;
    const isLoss = outputs[0] === forward.losses;
    const gradient = isLoss ? outputs[0]! : gradients.get(outputs[0]!);
    const rule = ruleOf(operation);
    // No gradient arrives where the output does not lead to the loss.
    if (gradient === undefined || rule.backward === undefined) continue;
    const ofInputs = rule.backward(operation, { inputs, outputs, gradient, name }, program);
    for (const [index, contribution] of ofInputs.slice(0, inputs.length).entries()) {
      if (contribution === null) continue;
      const input = inputs[index]!;
      const before = gradients.get(input);
      const sum =
        before === undefined
          ? contribution
          : program.emit({ op: 'add' }, [before, contribution], `${forward.values[input]!.name}/grad_sum`)[0]!;
      gradients.set(input, sum);
    }
  }
  return program.finish({
    ...forward,
    gradients: forward.inputs.flatMap(({ source, value }) => {
      if (source.kind !== 'parameter' || frozen.has(source.index)) return [];
      const gradient = gradients.get(value);
      if (gradient === undefined) throw new Error(`the loss does not depend on ${forward.values[value]!.name}`);
      return [{ parameter: source.index, value: gradient }];
    }),
  });
}
