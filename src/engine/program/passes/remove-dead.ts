import { assemble } from './builder.ts';
import type { Operation, ValueId } from '../steps/operations.ts';
import type { StepProgram } from '../steps/program.ts';

/**
 * Takes out operations that lead to nothing that anybody asked for (above all the gradients of the images and of
 * dropout masks), then inputs that nobody reads and values that nobody knows.
 */
export function removeDead(program: StepProgram): StepProgram {
  const alive = new Set<ValueId>([
    program.logits,
    ...(program.losses === null ? [] : [program.losses]),
    ...program.gradients.map(({ value }) => value),
    ...program.statistics.map(({ value }) => value),
    ...(program.observed ?? []),
  ]);
  const kept: Operation[] = [];
  for (const operation of program.operations.toReversed()) {
    if (!operation.outputs.some((value) => alive.has(value))) continue;
    kept.push(operation);
    // Outputs that nobody reads stay with their operation: it writes them anyway.
    for (const value of [...operation.inputs, ...operation.outputs]) alive.add(value);
  }
  const number = new Map<ValueId, ValueId>();
  const values = program.values.filter((_, value) => {
    if (!alive.has(value)) return false;
    number.set(value, number.size);
    return true;
  });
  const renumber = (value: ValueId): ValueId => number.get(value)!;
  return assemble({
    ...program,
    values,
    inputs: program.inputs
      .filter(({ value }) => alive.has(value))
      .map((input) => ({ ...input, value: renumber(input.value) })),
    operations: kept.toReversed().map((operation) => ({
      ...operation,
      inputs: operation.inputs.map(renumber),
      outputs: operation.outputs.map(renumber),
    })),
    logits: renumber(program.logits),
    losses: program.losses === null ? null : renumber(program.losses),
    gradients: program.gradients.map(({ parameter, value }) => ({ parameter, value: renumber(value) })),
    statistics: program.statistics.map(({ buffer, value }) => ({ buffer, value: renumber(value) })),
    ...(program.observed === undefined ? {} : { observed: program.observed.map(renumber) }),
  });
}
