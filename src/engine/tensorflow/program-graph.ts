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

/** Writes a step program as one TensorFlow graph. Inputs are placeholders; any value can be fed or fetched. */
export function writeProgram(program: StepProgram, options: GraphOptions): ProgramGraph {
  const graph = new GraphWriter();
  const tensors: (Tensor | undefined)[] = program.values.map(() => undefined);
  for (const { value } of program.inputs) {
    const { name, dtype, shape } = program.values[value]!;
    tensors[value] = graph.placeholder(name, DATA_TYPE[dtype], shape);
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
