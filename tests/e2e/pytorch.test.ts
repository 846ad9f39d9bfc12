import { beforeAll, describe, it } from 'vitest';
import type { Engine } from '../../src/engine/interface/engine.ts';
import { ENGINES, expectPytorchsNumbers } from '../shared/network/pytorch/agreement.ts';
import { GOLDEN } from '../shared/network/pytorch/golden.ts';

/** Whole networks as people train them; small ones are in tests/shared/network/pytorch/golden.test.ts. */
const RESNETS = Object.entries(GOLDEN.cases).filter(([, { job }]) => job.model === 'resnet18');

describe.each(Object.entries(ENGINES))('PyTorch’s numbers on %s', (_, create) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await create();
  });

  it.each(RESNETS)('%s: logits, losses, gradients and running statistics', (__, golden) =>
    expectPytorchsNumbers(engine, golden),
  );
});
