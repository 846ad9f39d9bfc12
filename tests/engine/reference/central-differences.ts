import type { ValueId } from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { evaluate } from './evaluate.ts';
import type { Tensor64 } from './tensor.ts';

const STEP = 1e-5;

/**
 * The derivative of the sum of the losses by one element of an input, in float64, from two evaluations beside it.
 * `forward` is a program without backward part.
 */
export function centralDifference(
  forward: StepProgram,
  inputs: ReadonlyMap<ValueId, Tensor64>,
  value: ValueId,
  element: number,
): number {
  const lossAt = (move: number): number => {
    const moved = Float64Array.from(inputs.get(value)!.data);
    moved[element]! += move;
    const values = evaluate(forward, new Map([...inputs, [value, { ...inputs.get(value)!, data: moved }]]));
    return values.get(forward.losses!)!.data.reduce((sum, loss) => sum + loss, 0);
  };
  return (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
}
