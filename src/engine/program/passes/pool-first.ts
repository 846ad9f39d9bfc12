import { assemble } from './builder.ts';
import type { Operation, ValueId } from '../steps/operations.ts';
import type { StepProgram, Value } from '../steps/program.ts';

/**
 * Moves max pooling before bias and activation: adding a constant per channel and applying a function that never
 * decreases (all of ours) commute with a maximum, and after the pool they have a quarter of the values to work on.
 * Runs on a forward program, before it is differentiated.
 *
 * Ties are the one difference: values that the activation makes equal no longer are, so the gradient goes to the
 * largest input instead of the first one. For relu it is zero in that case either way.
 */
export function poolFirst(program: StepProgram): StepProgram {
  const values: Value[] = [...program.values];
  const operations: Operation[] = [...program.operations];
  const kept = new Set<ValueId>([program.logits, ...program.statistics.map(({ value }) => value)]);
  // A chain may be two long (bias, activation), so go on until nothing moves.
  for (let moved = true; moved; ) {
    moved = false;
    for (let index = 1; index < operations.length; index++) {
      const pool = operations[index]!;
      if (pool.op !== 'maxPool') continue;
      const between = pool.inputs[0]!;
      const before = operations.findIndex(({ outputs }) => outputs.includes(between));
      const earlier = operations[before];
      if (earlier === undefined || (earlier.op !== 'biasAdd' && earlier.op !== 'activation')) continue;
      const readers = operations.filter(({ inputs }) => inputs.includes(between)).length;
      if (readers > 1 || kept.has(between)) continue;
      // x -> [earlier] -> between -> [pool] -> y becomes x -> [pool] -> between -> [earlier] -> y.
      const [x, ...further] = earlier.inputs;
      const y = pool.outputs[0]!;
      const { name, shape } = values[y]!;
      values[y] = { ...values[y]!, name: values[between]!.name };
      values[between] = { ...values[between]!, name, shape };
      operations.splice(index, 1, { ...earlier, inputs: [between, ...further], outputs: [y] });
      operations.splice(before, 1, { ...pool, inputs: [x!], outputs: [between] });
      moved = true;
    }
  }
  return assemble({ ...program, values, operations });
}
