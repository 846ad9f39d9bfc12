import type { Operation, OperationKind, ValueId } from '../steps/operations.ts';
import type { DType, GradientOutput, ProgramInput, StepProgram, Value } from '../steps/program.ts';
import type { Emitter, Shape } from '../rules/rule.ts';
import { ruleOf } from '../rules/table.ts';

/** What a finished program is made of; everything else about it follows. */
export interface ProgramParts
  extends Pick<StepProgram, 'kind' | 'batch' | 'logits' | 'losses' | 'statistics' | 'observed'> {
  readonly gradients: readonly Pick<GradientOutput, 'parameter' | 'value'>[];
}

/** Writes a program: values, inputs and operations in order. */
export class ProgramBuilder implements Emitter {
  readonly #values: Value[];
  readonly #inputs: ProgramInput[];
  readonly #operations: Operation[];
  readonly #names: Set<string>;

  /** Goes on where `program` ends, or starts from nothing. */
  constructor(program?: Pick<StepProgram, 'values' | 'inputs' | 'operations'>) {
    this.#values = [...(program?.values ?? [])];
    this.#inputs = [...(program?.inputs ?? [])];
    this.#operations = [...(program?.operations ?? [])];
    this.#names = new Set(this.#values.map(({ name }) => name));
  }

  shapeOf(value: ValueId): Shape {
    return this.#values[value]!.shape;
  }

  input(source: ProgramInput['source'], name: string, shape: Shape, dtype: DType = 'float32'): ValueId {
    const value = this.#value(name, shape, dtype);
    this.#inputs.push({ value, source });
    return value;
  }

  emit(operation: OperationKind, inputs: readonly ValueId[], name: string, stated?: Shape): readonly ValueId[] {
    const rule = ruleOf(operation);
    const shapes = rule.shapes(
      operation,
      inputs.map((value) => this.shapeOf(value)),
      stated,
    );
    const names = [name, ...(rule.furtherOutputs ?? []).map((further) => `${name}/${further}`)];
    const outputs = shapes.map((shape, index) => this.#value(names[index]!, shape, 'float32'));
    this.#operations.push({ ...operation, inputs, outputs });
    return outputs;
  }

  finish(parts: ProgramParts): StepProgram {
    return assemble({ ...parts, values: this.#values, inputs: this.#inputs, operations: this.#operations });
  }

  #value(wanted: string, shape: Shape, dtype: DType): ValueId {
    let name = wanted;
    for (let n = 2; this.#names.has(name); n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return this.#values.push({ name, shape, dtype }) - 1;
  }
}

/** Completes a program whose operations are settled: last uses, and when each gradient is ready. */
export function assemble(parts: ProgramParts & Pick<StepProgram, 'values' | 'inputs' | 'operations'>): StepProgram {
  const lastUse = parts.values.map(() => -1);
  const writtenBy = parts.values.map(() => -1);
  for (const [index, { inputs, outputs }] of parts.operations.entries()) {
    for (const value of [...inputs, ...outputs]) lastUse[value] = index;
    for (const value of outputs) writtenBy[value] = index;
  }
  const gradients = parts.gradients
    .map(({ parameter, value }) => ({ parameter, value, readyAfter: writtenBy[value]! }))
    .toSorted((a, b) => a.readyAfter - b.readyAfter || b.parameter - a.parameter);
  return { ...parts, lastUse, gradients };
}
