import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { expectShape } from '../../../src/engine/program/rules/rule.ts';
import { ruleOf } from '../../../src/engine/program/rules/table.ts';

/**
 * Checks what every engine relies on: values are written once and before they are read, shapes fit, last uses and
 * gradients are right. Throws an Error that names the operation. For tests, and for whoever writes a pass.
 */
export function validateProgram(program: StepProgram, frozen: ReadonlySet<number> = new Set()): void {
  const { values, inputs, operations, lastUse, gradients } = program;
  const names = new Set(values.map(({ name }) => name));
  check(names.size === values.length, 'names of values are not unique');
  for (const { name } of values) check(/^[A-Za-z0-9_./]+$/.test(name), `${name} is not a name for a value`);

  const written = new Map<number, number>();
  for (const { value } of inputs) {
    check(!written.has(value), `input ${values[value]?.name} is given twice`);
    written.set(value, -1);
  }
  const uses = values.map(() => -1);
  for (const [index, operation] of operations.entries()) {
    const where = `operation ${index} (${operation.op} -> ${values[operation.outputs[0]!]?.name})`;
    const rule = ruleOf(operation);
    check(operation.inputs.length === rule.inputs, `${where} takes ${rule.inputs} inputs`);
    for (const value of operation.inputs) {
      check(written.has(value), `${where} reads ${values[value]?.name} before it is written`);
      uses[value] = index;
    }
    const shapeOf = (value: number) => values[value]!.shape;
    const shapes = rule.shapes(operation, operation.inputs.map(shapeOf), shapeOf(operation.outputs[0]!));
    check(operation.outputs.length === shapes.length, `${where} has ${shapes.length} outputs`);
    for (const [output, value] of operation.outputs.entries()) {
      check(!written.has(value), `${where} writes ${values[value]?.name} again`);
      expectShape(`output ${output} of ${where}`, shapeOf(value), shapes[output]!);
      written.set(value, index);
      uses[value] = index;
    }
  }
  check(written.size === values.length, 'some values are never written');
  check(lastUse.length === values.length && lastUse.every((use, value) => use === uses[value]), 'last uses are wrong');
  for (const { value, readyAfter } of gradients) {
    check(written.get(value) === readyAfter, `the gradient ${values[value]?.name} is not ready when the program says`);
  }
  check(
    gradients.every(({ readyAfter }, index) => index === 0 || gradients[index - 1]!.readyAfter <= readyAfter),
    'gradients are not in the order in which they are ready',
  );
  const parameters = inputs.flatMap(({ source }) => (source.kind === 'parameter' ? [source.index] : []));
  const covered = gradients.map(({ parameter }) => parameter).toSorted((a, b) => a - b);
  const trained = parameters.filter((parameter) => !frozen.has(parameter)).toSorted((a, b) => a - b);
  check(
    program.kind === 'forward' ? covered.length === 0 : covered.join() === trained.join(),
    'not every parameter that is not frozen has exactly one gradient',
  );
  for (const output of [program.logits, ...(program.losses === null ? [] : [program.losses])]) {
    check(written.has(output), `output ${output} is never written`);
  }
}

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`invalid step program: ${otherwise}`);
}
