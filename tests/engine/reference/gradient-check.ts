import { expect } from 'vitest';
import type { Engine } from '../../../src/engine/interface/engine.ts';
import type { ValueId } from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { bufferPlaces } from '../../../src/engine/program/steps/places.ts';
import { centralDifference } from './central-differences.ts';
import { evaluate } from './evaluate.ts';
import { type Outcome, runProgram } from './run-program.ts';
import type { Tensor64 } from './tensor.ts';

export interface GradientCheck {
  /** The reference is computed once for all of them. */
  readonly engines: readonly Engine[];
  /** What the engines run. */
  readonly training: StepProgram;
  /** The same computation without backward part, for the reference. Inputs have the same numbers in both. */
  readonly forward: StepProgram;
  readonly inputs: ReadonlyMap<ValueId, Tensor64>;
  /** Relative to the largest magnitude of the tensor (but to one at least). */
  readonly tolerance: number;
  /** At most so many elements of each gradient are checked, evenly spread. */
  readonly elements: number;
}

/** Compares logits, losses, statistics and gradients of engines with float64 arithmetic and central differences. */
export async function expectAgreement(check: GradientCheck): Promise<void> {
  const { engines, training, forward, inputs, tolerance, elements } = check;
  const outcomes: Outcome[] = [];
  for (const engine of engines) outcomes.push(await runProgram(engine, training, inputs));
  const expected = evaluate(forward, inputs);
  for (const outcome of outcomes) {
    expectClose('logits', outcome.logits, expected.get(forward.logits)!.data, tolerance);
    expectClose('losses', outcome.losses, expected.get(forward.losses!)!.data, tolerance);
  }
  const trained = new Set(training.gradients.map(({ parameter }) => parameter));
  const places = bufferPlaces(training);
  for (const { buffer, value } of forward.statistics) {
    const { offset, size } = places[buffer]!;
    for (const { statistics } of outcomes) {
      const actual = statistics.subarray(offset, offset + size);
      expectClose(`statistics ${buffer}`, actual, expected.get(value)!.data, tolerance);
    }
  }
  for (const { value, source } of forward.inputs) {
    if (source.kind !== 'parameter' || !trained.has(source.index)) continue;
    const gradients = outcomes.map((outcome) => outcome.gradients[source.index]!);
    const { length } = gradients[0]!;
    const stride = Math.max(Math.floor(length / elements), 1);
    const checked = Array.from({ length: Math.ceil(length / stride) }, (_, index) => index * stride);
    const differences = checked.map((element) => centralDifference(forward, inputs, value, element));
    for (const gradient of gradients) {
      const actual = checked.map((element) => gradient[element]!);
      expectClose(`gradient of ${forward.values[value]!.name}`, actual, differences, tolerance);
    }
  }
}

export function expectClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  let scale = 1;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    // Not `> tolerance`: NaN must fail.
    if (!(Math.abs(actual[i]! - expected[i]!) <= tolerance * scale)) {
      expect.fail(`${what}[${i}] is ${actual[i]}, expected ${expected[i]}`);
    }
  }
}
