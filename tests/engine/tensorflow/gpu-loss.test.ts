import { beforeAll, describe, expect, it } from 'vitest';
import { trainingProgram } from '../../../src/engine/program/build.ts';
import { createInterpreterEngine } from '../../../src/engine/interpreter/engine.ts';
import { TensorflowProgram } from '../../../src/engine/tensorflow/compiled.ts';
import { loadBinding } from '../../../src/engine/tensorflow/load.ts';
import { writeProgram } from '../../../src/engine/tensorflow/program-graph.ts';
import type { Binding } from '../../../src/engine/tensorflow/binding.ts';
import type { LossOptions } from '../../../src/engine/program/steps/operations.ts';
import { expectClose } from '../reference/gradient-check.ts';
import { randomInputs, runCompiled, runProgram } from '../reference/run-program.ts';
import { smallCnn } from '../reference/small-networks.ts';
import { IF_WITHOUT, installed, WITHOUT_TENSORFLOW } from './installed.ts';

const BATCH = 3;
const WEIGHTS = [0, 0.75, 1.5];
const plain = [0, 0.2].flatMap((labelSmoothing) => [{ labelSmoothing }, { labelSmoothing, classWeights: WEIGHTS }]);
const LOSSES: readonly [string, LossOptions & { readonly softTargets?: boolean }][] = plain
  .flatMap((loss) => [loss, { ...loss, softTargets: true }])
  .map((loss) => [JSON.stringify(loss), loss]);
const network = smallCnn('tanh');

describe.skipIf(WITHOUT_TENSORFLOW)(`the loss as a GPU computes it${IF_WITHOUT}`, () => {
  let binding: Binding;
  beforeAll(() => {
    binding = loadBinding(installed(), { threads: 1, abreast: 3 });
  });

  it.each(LOSSES)('is what the cpu engine gives, with %s', async (_, loss) => {
    const program = trainingProgram(network, BATCH, loss);
    const inputs = randomInputs(program, 3);
    const expected = await runProgram(await createInterpreterEngine('cpu', { threads: 1 }), program, inputs);
    const compiled = await TensorflowProgram.load(binding, program, {
      buckets: [program.gradients.map(({ parameter }) => parameter)],
      abreast: 1,
      parts: 'whole',
      poolWorkspaces: new Set(),
      onGpu: true,
    });
    const outcome = await runCompiled(compiled, inputs);
    compiled.dispose();
    expectClose('losses', outcome.losses, expected.losses, 1e-5);
    for (const [index, gradient] of outcome.gradients.entries()) {
      expectClose(`gradient ${index}`, gradient, expected.gradients[index]!, 1e-4);
    }
  });
});

// TensorFlow refuses these on a GPU where bits are to repeat: they add in any order.
it.each(LOSSES)('takes no kernel that TensorFlow has none with fixed bits of on a GPU, with %s', (_, loss) => {
  const { graph } = writeProgram(trainingProgram(network, BATCH, loss), { onGpu: true });
  const text = Buffer.from(graph.finish().finish()).toString('latin1');
  expect(text).toContain('LogSoftmax');
  expect(text).not.toContain('SoftmaxCrossEntropyWithLogits');
});
