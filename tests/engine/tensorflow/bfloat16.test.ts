import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';
import { stepVectorLayout } from '../../../src/shared/network/layout.ts';
import { INPUT, NetworkBuilder } from '../../../src/shared/network/builder.ts';
import { buildCnn } from '../../../src/shared/network/cnn.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { planBuckets } from '../../../src/shared/network/buckets.ts';
import { trainingProgram } from '../../../src/engine/program/build.ts';
import { expectClose } from '../reference/gradient-check.ts';
import { randomInputs, runCompiled, runProgram } from '../reference/run-program.ts';
import { partlyFrozen, smallBinaryCnn, smallResNet } from '../reference/small-networks.ts';
import { IF_WITHOUT, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

const BATCH = 3;
/** Numbers of bfloat16 lie up to 2^-8 apart, and a step rounds dozens of times on its way to a gradient. */
const TOLERANCE = 0.05;
const networks: readonly [string, Network][] = [
  ['a CNN', averagingCnn()],
  ['a residual network', smallResNet('tanh')],
  ['a CNN of one logit', smallBinaryCnn('tanh')],
  ['a partly frozen network', partlyFrozen('tanh')],
];

describe.skipIf(WITHOUT_TENSORFLOW)(`the tensorflow engine in bfloat16${IF_WITHOUT}`, () => {
  let whole: TensorflowEngine;
  let inParts: TensorflowEngine;
  beforeAll(() => {
    whole = installedEngine('whole');
    inParts = installedEngine('buckets');
  });

  it.each(networks)('gives losses, statistics and gradients of %s near those in float32', async (_, network) => {
    const full = trainingProgram(network, BATCH, { labelSmoothing: 0.1 });
    const program = trainingProgram(network, BATCH, { labelSmoothing: 0.1, precision: 'bf16' });
    // Inputs have the same numbers in both.
    const inputs = randomInputs(full, 3);
    const expected = await runProgram(whole, full, inputs);
    const outcome = await runProgram(whole, program, inputs);
    expectClose('logits', outcome.logits, expected.logits, TOLERANCE);
    expectClose('losses', outcome.losses, expected.losses, TOLERANCE);
    expectClose('statistics', outcome.statistics, expected.statistics, TOLERANCE);
    expect(outcome.losses).not.toEqual(expected.losses);
    for (const [index, gradient] of outcome.gradients.entries()) {
      expectClose(`gradient ${index}`, gradient, expected.gradients[index]!, TOLERANCE);
    }
  });

  it('hands the gradient of a max-pool to the largest pixel, in parts, too', async () => {
    const net = new NetworkBuilder([8, 8, 1], 'glorot_normal');
    const image = net.conv('conv', INPUT, { filters: 1, kernel: 1, stride: 1, padding: 0, bias: false });
    const pooled = net.pool('pool', image, { mode: 'max', size: 2, stride: 2, padding: 0 });
    net.dense('head', net.flatten('flatten', pooled), 3);
    const network = net.finish('pooled');
    const full = trainingProgram(network, BATCH, { labelSmoothing: 0 });
    const program = trainingProgram(network, BATCH, { labelSmoothing: 0, precision: 'bf16' });
    const inputs = randomInputs(full, 7);
    // Whole numbers that bfloat16 has, all different, and a filter that leaves them as they are.
    for (const { value, source } of full.inputs) {
      const { shape, data } = inputs.get(value)!;
      if (source.kind === 'images') inputs.set(value, { shape, data: data.map((_, i) => (i * 37) % 193) });
      if (source.kind === 'parameter' && source.index === 0) inputs.set(value, { shape, data: data.map(() => 1) });
    }
    const expected = await runProgram(whole, full, inputs);
    for (const engine of [whole, inParts]) {
      const { gradients } = await runProgram(engine, program, inputs);
      expectClose('gradient of the filter', gradients[0]!, expected.gradients[0]!, 0.01);
    }
  });

  it.each(networks)('gives the same bits for %s whole and in parts, and again', async (_, network) => {
    const program = trainingProgram(network, BATCH, { labelSmoothing: 0, precision: 'bf16' });
    const inputs = randomInputs(program, 5);
    const expected = await runProgram(whole, program, inputs);
    for (const target of [1, 64, 100_000]) {
      const { parameters } = planBuckets(network, stepVectorLayout(network), target);
      const compiled = await inParts.compile(program, { buckets: parameters });
      for (let run = 0; run < 10; run++) {
        const outcome = await runCompiled(compiled, inputs);
        expect(outcome.gradients).toEqual(expected.gradients);
        expect(outcome.statistics).toEqual(expected.statistics);
        expect(outcome.losses).toEqual(expected.losses);
      }
      compiled.dispose();
    }
    expect(inParts.tensorCount()).toBe(0);
  });
});

/** No max-pool: where two pixels are all but equal, rounding decides which one it hands its gradient to. */
function averagingCnn(): Network {
  const options = { channels: [3, 4], kernel: 3, pool: 'avg', batchNorm: false, dense: 5, dropout: 0.5 } as const;
  return buildCnn({ ...options, activation: 'tanh', init: 'glorot_uniform' }, [6, 5, 2], 3);
}
