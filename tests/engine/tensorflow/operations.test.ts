import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorflowEngine } from '../../../src/engine/tensorflow/engine.ts';
import { differentiate } from '../../../src/engine/program/passes/differentiate.ts';
import { expectAgreement } from '../reference/gradient-check.ts';
import { OPERATION_CASES, programOf } from '../reference/operation-cases.ts';
import { randomInputs } from '../reference/run-program.ts';
import { IF_WITHOUT, installedEngine, WITHOUT_TENSORFLOW } from './installed.ts';

describe.skipIf(WITHOUT_TENSORFLOW)(`programs as a whole and in parts${IF_WITHOUT}`, () => {
  let engines: readonly TensorflowEngine[];
  beforeAll(() => {
    engines = [installedEngine('whole'), installedEngine('buckets')];
  });

  it.each(Object.entries(OPERATION_CASES))('%s and its gradients agree with central differences', async (_, cases) => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(1000), async (operationCase, seed) => {
        const forward = programOf(operationCase);
        const training = differentiate(forward);
        const inputs = randomInputs(forward, seed);
        await expectAgreement({ engines, training, forward, inputs, tolerance: 2e-5, elements: 8 });
      }),
      { seed: 21, numRuns: 8 },
    );
    for (const engine of engines) expect(engine.tensorCount()).toBe(0);
  });
});
