import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../../src/engine/interpreter/engine.ts';
import { forwardProgram, trainingProgram } from '../../../../src/engine/program/build.ts';
import { differentiate } from '../../../../src/engine/program/passes/differentiate.ts';
import type { StepProgram } from '../../../../src/engine/program/steps/program.ts';
import { type OperationCase, programOf } from '../../reference/operation-cases.ts';
import { randomInputs, runProgram } from '../../reference/run-program.ts';
import { partlyFrozen, smallBinaryCnn, smallCnn, smallResNet } from '../../reference/small-networks.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gradsocket-threads-'));
const engines: Engine[] = [];
beforeAll(async () => {
  // In memory that threads share; what is opened first decides.
  for (const threads of [2, 1, 3]) engines.push(await createInterpreterEngine('wasm', { threads }));
});
afterAll(() => {
  for (const engine of engines) engine.dispose();
  rmSync(folder, { recursive: true });
});

async function expectSameBits(program: StepProgram, seed: number): Promise<void> {
  const outcomes = [];
  for (const engine of engines) outcomes.push(await runProgram(engine, program, randomInputs(program, seed)));
  for (const outcome of outcomes.slice(1)) expect(outcome).toEqual(outcomes[0]);
}

const padding = { top: 1, bottom: 1, left: 1, right: 1 };
const window = { size: [3, 3], strides: [1, 1], padding } as const;
/** Wide enough that every part has something to do, and in sizes that do not divide evenly. */
const WIDE: Readonly<Record<string, OperationCase>> = {
  convolution: {
    operation: { op: 'conv2d', window },
    inputs: [
      [5, 9, 10, 21],
      [3, 3, 21, 35],
    ],
  },
  'convolution with a stride': {
    operation: { op: 'conv2d', window: { ...window, strides: [2, 2] } },
    inputs: [
      [4, 8, 9, 17],
      [3, 3, 17, 25],
    ],
  },
  'convolution of one sample': {
    operation: { op: 'conv2d', window },
    inputs: [
      [1, 6, 5, 3],
      [3, 3, 3, 20],
    ],
  },
  'matrix product': {
    operation: { op: 'matMul', transposeA: false, transposeB: false },
    inputs: [
      [70, 30],
      [30, 33],
    ],
  },
  'max pool': { operation: { op: 'maxPool', window: { ...window, strides: [2, 2] } }, inputs: [[5, 9, 8, 6]] },
  bias: { operation: { op: 'biasAdd' }, inputs: [[3, 4, 5, 50], [50]] },
  relu: { operation: { op: 'activation', kind: 'relu' }, inputs: [[3, 5, 5, 7]] },
  'batch norm': { operation: { op: 'batchNorm', epsilon: 1e-5 }, inputs: [[3, 4, 5, 50], [50], [50]] },
  'frozen batch norm': {
    operation: { op: 'batchNormInference', epsilon: 1e-5 },
    inputs: [[3, 4, 5, 50], [50], [50], [50], [50]],
    frozen: true,
  },
};

describe('one, two and three threads give the same bits', () => {
  it.each(Object.entries(WIDE))('of %s', async (_, operationCase) => {
    await expectSameBits(differentiate(programOf(operationCase)), 21);
  });

  it.each([
    ['a CNN', smallCnn('relu')],
    ['a residual network', smallResNet('leaky_relu')],
    ['a CNN of one logit', smallBinaryCnn('sigmoid')],
    ['a partly frozen network', partlyFrozen('tanh')],
  ])('of %s', async (_, network) => {
    await expectSameBits(trainingProgram(network, 5, { labelSmoothing: 0.1 }), 22);
    await expectSameBits(forwardProgram(network, 5, { labels: true }), 23);
  });
});

it('an engine says how many threads it has, and leaves nothing behind in tfjs', () => {
  expect(engines.map(({ threads }) => threads)).toEqual([2, 1, 3]);
  for (const engine of engines) expect(engine.tensorCount()).toBe(0);
});

it.each([
  ['dismissed', 'engine.dispose();', 0],
  ['left alone', '', 0],
  ['in the middle of things', 'process.exit(3);', 3],
  ['and after an error', "throw new Error('lost');", 1],
])('a process ends with its threads %s', (_, last, code) => {
  const built = fileURLToPath(new URL('../../../../dist/engine/interpreter/engine.js', import.meta.url));
  const script = path.join(folder, 'program.mjs');
  const program = `
    const { createInterpreterEngine } = await import(${JSON.stringify(built)});
    const engine = await createInterpreterEngine('wasm', { threads: 3 });
    // tfjs's loader has left nothing of its own in the process.
    const listeners = ['uncaughtException', 'unhandledRejection'].flatMap((event) => process.listeners(event));
    if (listeners.length > 0 || 'Worker' in globalThis) process.exit(9);
    ${last}`;
  writeFileSync(script, program);
  const { status, signal } = spawnSync(process.execPath, [script], { timeout: 20_000 });
  expect({ status, signal }).toEqual({ status: code, signal: null });
});
