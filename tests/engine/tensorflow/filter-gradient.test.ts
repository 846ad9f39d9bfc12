import { beforeAll, describe, expect, it } from 'vitest';
import { TensorflowProgram } from '../../../src/engine/tensorflow/compiled.ts';
import type { TensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';
import { loadBinding } from '../../../src/engine/tensorflow/load.ts';
import { writeProgram } from '../../../src/engine/tensorflow/program-graph.ts';
import { computeInBfloat16 } from '../../../src/engine/program/passes/bfloat16.ts';
import { differentiate } from '../../../src/engine/program/passes/differentiate.ts';
import type { GraphOptions } from '../../../src/engine/tensorflow/lower/context.ts';
import type { Window } from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { expectClose } from '../reference/gradient-check.ts';
import { programOf } from '../reference/operation-cases.ts';
import { randomInputs, runCompiled, runProgram } from '../reference/run-program.ts';
import { IF_WITHOUT, installed, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

/** As wide as it takes for gradients of filters to become products. */
const CHANNELS = 128;
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

/** A program's inputs with a small filter: else one logit decides the loss, and roundings do, too. */
function inputsFor(program: StepProgram): ReturnType<typeof randomInputs> {
  const inputs = randomInputs(program, 5);
  const { value } = program.inputs.find(({ source }) => source.kind === 'parameter' && source.index === FILTER)!;
  const { shape, data } = inputs.get(value)!;
  return inputs.set(value, { shape, data: data.map((x) => x / 32) });
}

describe.skipIf(WITHOUT_TENSORFLOW)(`the gradient of a filter in bfloat16${IF_WITHOUT}`, () => {
  let engine: TensorflowEngine;
  beforeAll(() => {
    engine = installedEngine('whole');
  });

  it.each(Object.entries(CASES))('%s: is near the one in float32', async (_, windowed) => {
    const full = programFor(windowed);
    const inputs = inputsFor(full);
    const expected = await runProgram(engine, full, inputs);
    const outcome = await runProgram(engine, computeInBfloat16(full), inputs);
    expectClose('gradient', outcome.gradients[FILTER]!, expected.gradients[FILTER]!, 0.01);
    expect(engine.tensorCount()).toBe(0);
  });
});

describe.skipIf(WITHOUT_TENSORFLOW)(`the gradient of a filter as a product in float32${IF_WITHOUT}`, () => {
  it.each(Object.entries(CASES))('%s: is what the kernel gives', async (_, windowed) => {
    const program = programFor(windowed);
    const inputs = inputsFor(program);
    const gradient = async (slowFilterGradients: boolean): Promise<Float32Array> => {
      const compiled = await TensorflowProgram.load(loadBinding(installed(), { threads: 1, abreast: 3 }), program, {
        buckets: [program.gradients.map(({ parameter }) => parameter)],
        abreast: 1,
        parts: 'whole',
        poolWorkspaces: new Set(),
        onGpu: false,
        slowFilterGradients,
      });
      const { gradients } = await runCompiled(compiled, inputs);
      compiled.dispose();
      return gradients[FILTER]!;
    };
    expectClose('gradient', await gradient(true), await gradient(false), 1e-5);
  });
});

/** How many nodes a program's graph has. */
const nodes = (program: StepProgram, options: GraphOptions): number => writeProgram(program, options).graph.nodes;

it('is made of products on a CPU in bfloat16, and is one kernel elsewhere', () => {
  const full = programFor(CASES['3x3']!);
  const low = computeInBfloat16(full);
  // What else a GPU has of its own, the loss, is the same for both.
  const products = (onGpu: boolean): number => nodes(low, { onGpu }) - nodes(full, { onGpu });
  expect(products(false)).toBeGreaterThan(products(true));
});

it('is a product in float32 where the kernel is slow, on small images and no GPU', () => {
  const gains = (image: readonly [number, number], onGpu: boolean): boolean => {
    const program = programFor({ ...CASES['3x3']!, image });
    return nodes(program, { onGpu, slowFilterGradients: true }) > nodes(program, { onGpu });
  };
  expect([gains([8, 8], false), gains([8, 9], false), gains([8, 8], true)]).toEqual([true, false, false]);
});
