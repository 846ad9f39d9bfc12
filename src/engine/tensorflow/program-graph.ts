import type { ValueId } from '../program/steps/operations.ts';
import type { StepProgram } from '../program/steps/program.ts';
import { DATA_TYPE } from './graph/attribute.ts';
import { GraphWriter, type Tensor } from './graph/graph.ts';
import { type GraphOptions, LoweringContext } from './lower/context.ts';
import { lowerOperation } from './lower/operation.ts';

export interface ProgramGraph {
  readonly graph: GraphWriter;
  /** The tensor of each value of the program; undefined where nothing writes it. */
  readonly tensors: readonly (Tensor | undefined)[];
}

/** Parameters and buffers are the same for all runs of a step. */
export function sharedInputs(program: StepProgram): ReadonlySet<ValueId> {
  const shared = program.inputs.filter(({ source }) => source.kind === 'parameter' || source.kind === 'buffer');
  return new Set(shared.map(({ value }) => value));
}

/**
 * Writes a step program as one TensorFlow graph. Inputs are placeholders; any value can be fed or fetched. `beside`: into the
 * graph of the same program, once more, on the same parameters and buffers; then one call can run it several times at once.
 */
export function writeProgram(program: StepProgram, options: GraphOptions, beside?: ProgramGraph): ProgramGraph {
  const graph = beside?.graph ?? new GraphWriter();
  const shared = sharedInputs(program);
  const tensors: (Tensor | undefined)[] = program.values.map(() => undefined);
  for (const { value } of program.inputs) {
    const { name, dtype, shape } = program.values[value]!;
    const known = shared.has(value) ? beside?.tensors[value] : undefined;
    tensors[value] = known ?? graph.placeholder(name, DATA_TYPE[dtype], shape);
  }
  const context = new LoweringContext(graph, program, tensors, options);
  for (const operation of program.operations) {
    const outputs = lowerOperation(operation, context);
    operation.outputs.forEach((value, index) => {
      tensors[value] = outputs[index];
    });
  }
  return { graph, tensors };
}
