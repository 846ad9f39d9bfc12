import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../src/engine/interpreter/engine.ts';
import { INPUT, NetworkBuilder } from '../../../src/shared/network/builder.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { forwardProgram, trainingProgram } from '../../../src/engine/program/build.ts';
import type { ActivationKind } from '../../../src/engine/program/steps/operations.ts';
import type { StepProgram } from '../../../src/engine/program/steps/program.ts';
import { expectClose } from '../reference/gradient-check.ts';
import { randomInputs, runProgram } from '../reference/run-program.ts';
import { IF_WITHOUT, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

/**
 * TensorFlow fuses neighbouring operations by rules of its own, and has been seen to fuse what it then has no kernel for.
 * So every chain of layers that a network may have is run: no test of single operations would notice.
 */
type Chain = (net: NetworkBuilder, kind: ActivationKind) => number;

const same = { filters: 4, kernel: 3, stride: 1, padding: 1 };
const strided = { filters: 4, kernel: 3, stride: 2, padding: 1 };

const CHAINS: Readonly<Record<string, Chain>> = {
  'convolution, activation': (net, kind) =>
    net.activation('act', net.conv('conv', INPUT, { ...same, bias: false }), kind),
  'convolution, bias, activation': (net, kind) =>
    net.activation('act', net.conv('conv', INPUT, { ...same, bias: true }), kind),
  'strided convolution, bias, activation': (net, kind) =>
    net.activation('act', net.conv('conv', INPUT, { ...strided, bias: true }), kind),
  'convolution, batch norm, activation': (net, kind) =>
    net.activation('act', net.batchNorm('bn', net.conv('conv', INPUT, { ...same, bias: false })), kind),
  'strided convolution, batch norm, activation': (net, kind) =>
    net.activation('act', net.batchNorm('bn', net.conv('conv', INPUT, { ...strided, bias: false })), kind),
  'convolution, bias, batch norm, activation': (net, kind) =>
    net.activation('act', net.batchNorm('bn', net.conv('conv', INPUT, { ...same, bias: true })), kind),
  'batch norm, activation, convolution': (net, kind) =>
    net.conv('conv', net.activation('act', net.batchNorm('bn', INPUT), kind), { ...same, bias: true }),
  'convolution, batch norm, sum, activation': (net, kind) => {
    const first = net.activation(
      'act1',
      net.batchNorm('bn1', net.conv('conv1', INPUT, { ...same, bias: false })),
      kind,
    );
    const second = net.batchNorm('bn2', net.conv('conv2', first, { ...same, bias: false }));
    return net.activation('act2', net.add('add', second, first), kind);
  },
  'convolution, bias, sum, activation': (net, kind) => {
    const first = net.conv('conv1', INPUT, { ...same, bias: true });
    return net.activation('act', net.add('add', net.conv('conv2', first, { ...same, bias: true }), first), kind);
  },
  'convolution, activation, pool': (net, kind) => {
    const act = net.activation('act', net.conv('conv', INPUT, { ...same, bias: true }), kind);
    return net.pool('pool', act, { mode: 'max', size: 2, stride: 2, padding: 0 });
  },
  'dense, activation, dense': (net, kind) =>
    net.activation('act', net.dense('fc1', net.flatten('flatten', INPUT), 5), kind),
};

/** A lot, because where two pixels are all but equal, rounding decides which one a pool hands its gradient to. */
const BFLOAT16_TOLERANCE = 0.5;

function networkOf(chain: Chain, kind: ActivationKind): Network {
  const net = new NetworkBuilder([6, 5, 3], 'glorot_normal');
  const end = chain(net, kind);
  net.dense('head', net.shapeOf(end).length === 3 ? net.globalAverage('average', end) : end, 3);
  return net.finish('chain');
}

/**
 * The head leaves first, then all of the chain: what is cut in two, TensorFlow cannot fuse. That other cuts give the same bits,
 * engine.test.ts shows.
 */
function bucketsOf({ gradients }: StepProgram): readonly (readonly number[])[] {
  const parameters = gradients.map(({ parameter }) => parameter).sort((a, b) => a - b);
  return gradients.length === 0 ? [] : [parameters.splice(-2), parameters];
}

describe.skipIf(WITHOUT_TENSORFLOW).each(['relu', 'leaky_relu', 'sigmoid', 'tanh'] as const)(
  `with %s${IF_WITHOUT}`,
  (kind) => {
    let cpu: Engine;
    let engines: readonly Engine[];
    beforeAll(async () => {
      cpu = await createInterpreterEngine('cpu', { threads: 1 });
      // Whole programs, as on a GPU, of one activation: the rules are the same for all, and what runs on a CPU is buckets.
      engines = kind === 'relu' ? [installedEngine('whole'), installedEngine('buckets')] : [installedEngine('buckets')];
    });

    it.each(Object.entries(CHAINS))('%s: evaluates and trains as the cpu engine does', async (_, chain) => {
      const network = networkOf(chain, kind);
      const programs = [
        forwardProgram(network, 3, { labels: true }),
        trainingProgram(network, 3, { labelSmoothing: 0 }),
      ];
      for (const program of programs) {
        const inputs = randomInputs(program, 6);
        const expected = await runProgram(cpu, program, inputs);
        // What is evaluated has no parts.
        for (const engine of program.kind === 'training' ? engines : engines.slice(-1)) {
          const outcome = await runProgram(engine, program, inputs, bucketsOf(program));
          expectClose('logits', outcome.logits, expected.logits, 2e-5);
          expectClose('losses', outcome.losses, expected.losses, 2e-5);
          for (const [index, gradient] of outcome.gradients.entries()) {
            if (program.kind === 'training')
              expectClose(`gradient ${index}`, gradient, expected.gradients[index]!, 1e-4);
          }
          expect(engine.tensorCount()).toBe(0);
        }
      }
    });

    it.each(Object.entries(CHAINS))('%s: trains in bfloat16 much as the cpu engine in float32', async (_, chain) => {
      const network = networkOf(chain, kind);
      const full = trainingProgram(network, 3, { labelSmoothing: 0 });
      const inputs = randomInputs(full, 6);
      const expected = await runProgram(cpu, full, inputs);
      const program = trainingProgram(network, 3, { labelSmoothing: 0, precision: 'bf16' });
      for (const engine of engines) {
        const outcome = await runProgram(engine, program, inputs, bucketsOf(program));
        expectClose('logits', outcome.logits, expected.logits, 0.05);
        for (const [index, gradient] of outcome.gradients.entries()) {
          expectClose(`gradient ${index}`, gradient, expected.gradients[index]!, BFLOAT16_TOLERANCE);
        }
      }
    });
  },
);
