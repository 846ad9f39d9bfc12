import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../src/engine/interpreter/engine.ts';
import { trainingProgram } from '../../src/engine/program/build.ts';
import { expectClose } from './reference/gradient-check.ts';
import { randomInputs, runProgram } from './reference/run-program.ts';
import { smallCnn } from './reference/small-networks.ts';
import { installedEngine, NO_TENSORFLOW, WITHOUT_TENSORFLOW } from './tensorflow/installed.ts';

const engines: readonly [string, boolean, () => Promise<Engine>][] = [
  ['cpu', false, () => createInterpreterEngine('cpu', { threads: 1 })],
  ['wasm', false, () => createInterpreterEngine('wasm', { threads: 1 })],
  ['tensorflow', WITHOUT_TENSORFLOW, () => Promise.resolve(installedEngine('whole'))],
];
const BATCH = 7;

describe.each(engines)('on %s', (_, missing, create) => {
  it('microbatches of one sample give, added up, what one of all samples gives', async ({ skip }) => {
    skip(missing, NO_TENSORFLOW);
    const engine = await create();
    // Smooth, so that rounding decides no relu.
    const network = smallCnn('tanh');
    const [whole, single] = [BATCH, 1].map((batch) => trainingProgram(network, batch, { labelSmoothing: 0 })) as [
      ReturnType<typeof trainingProgram>,
      ReturnType<typeof trainingProgram>,
    ];
    const inputs = randomInputs(whole, 11);
    const expected = await runProgram(engine, whole, inputs);
    const sums = expected.gradients.map(({ length }) => new Float32Array(length));
    for (let sample = 0; sample < BATCH; sample++) {
      const of = new Map(
        single.inputs.map(({ value, source }) => {
          const tensor = inputs.get(value)!;
          if (source.kind === 'parameter' || source.kind === 'buffer') return [value, tensor];
          const size = tensor.data.length / BATCH;
          const data = tensor.data.slice(sample * size, (sample + 1) * size);
          return [value, { ...tensor, shape: single.values[value]!.shape, data }];
        }),
      );
      const outcome = await runProgram(engine, single, of);
      outcome.gradients.forEach((gradient, index) => {
        gradient.forEach((x, i) => {
          sums[index]![i]! += x;
        });
      });
      expect(outcome.losses[0]).toBeCloseTo(expected.losses[sample]!, 5);
    }
    for (const [index, sum] of sums.entries()) expectClose(`gradient ${index}`, sum, expected.gradients[index]!, 1e-5);
  });
});
