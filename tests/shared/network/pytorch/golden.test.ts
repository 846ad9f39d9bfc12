import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engine/interface/engine.ts';
import { ENGINES, expectPytorchsNumbers } from './agreement.ts';
import { GOLDEN } from './golden.ts';

/** Those of eleven million parameters are in tests/e2e/pytorch.test.ts. */
const SMALL = Object.entries(GOLDEN.cases).filter(([, { job }]) => job.model === 'cnn');

describe.each(Object.entries(ENGINES))('PyTorch’s numbers on %s', (_, create) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await create();
  });

  it.each(SMALL)('%s: logits, losses, gradients and running statistics', (__, golden) =>
    expectPytorchsNumbers(engine, golden),
  );
});

it('the networks have the numbers of parameters that ResNet-18 has', () => {
  expect(GOLDEN.cases['ResNet-18 with tanh']!.parameterCount).toBe(11_173_962);
  expect(GOLDEN.cases['ResNet-18 with the 7x7 stem']!.parameterCount).toBe(11_689_512);
});
