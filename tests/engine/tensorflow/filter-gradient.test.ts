import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';
import { writeProgram } from '../../../src/engine/tensorflow/program-graph.ts';
import { computeInBfloat16 } from '../../../src/engine/program/passes/bfloat16.ts';
import { differentiate } from '../../../src/engine/program/passes/differentiate.ts';
import type { Window } from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { expectClose } from '../reference/gradient-check.ts';
import { programOf } from '../reference/operation-cases.ts';
import { randomInputs, runProgram } from '../reference/run-program.ts';
import { IF_WITHOUT, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

/** As wide as it takes for gradients of filters to become products. */
const CHANNELS = 64;
const FILTERS = 128;

/** The convolution's parameters are its image and its filter. */
const FILTER = 1;

const around = (pixels: number): Window['padding'] => ({ top: pixels, bottom: pixels, left: pixels, right: pixels });

const CASES: Readonly<Record<string, { readonly window: Window; readonly image: readonly [number, number] }>> = {
  '3x3': { window: { size: [3, 3], strides: [1, 1], padding: around(1) }, image: [5, 4] },
  '3x3, strided': { window: { size: [3, 3], strides: [2, 2], padding: around(1) }, image: [8, 6] },
  'strided, with pixels at the end that no window reaches': {
    window: { size: [3, 2], strides: [2, 3], padding: around(0) },
    image: [8, 7],
  },
  'other sizes, strides and padding on each side': {
    window: { size: [2, 5], strides: [3, 2], padding: { top: 1, bottom: 0, left: 2, right: 4 } },
    image: [7, 5],
  },
};

function programFor({ window, image }: (typeof CASES)[string]): StepProgram {
  const inputs = [
    [2, ...image, CHANNELS],
    [...window.size, CHANNELS, FILTERS],
  ];
  return differentiate(programOf({ operation: { op: 'conv2d', window }, inputs }));
}

describe.skipIf(WITHOUT_TENSORFLOW)(`the gradient of a filter in bfloat16${IF_WITHOUT}`, () => {
  let engine: TensorflowEngine;
  beforeAll(() => {
    engine = installedEngine('whole');
  });

  it.each(Object.entries(CASES))('%s: is near the one in float32', async (_, windowed) => {
    const full = programFor(windowed);
    const inputs = randomInputs(full, 5);
    // A small filter: else one logit decides the loss, and roundings do, too.
    const { value } = full.inputs.find(({ source }) => source.kind === 'parameter' && source.index === FILTER)!;
    const { shape, data } = inputs.get(value)!;
    inputs.set(value, { shape, data: data.map((x) => x / 32) });
    const expected = await runProgram(engine, full, inputs);
    const outcome = await runProgram(engine, computeInBfloat16(full), inputs);
    expectClose('gradient', outcome.gradients[FILTER]!, expected.gradients[FILTER]!, 0.01);
    expect(engine.tensorCount()).toBe(0);
  });
});

it('is made of products on a CPU in bfloat16, and is one kernel elsewhere', () => {
  const nodes = (program: StepProgram, onGpu: boolean): number => writeProgram(program, { onGpu }).graph.nodes;
  const full = programFor(CASES['3x3']!);
  const low = computeInBfloat16(full);
  // What else a GPU has of its own, the loss, is the same for both.
  const products = (onGpu: boolean): number => nodes(low, onGpu) - nodes(full, onGpu);
  expect(products(false)).toBeGreaterThan(products(true));
});
