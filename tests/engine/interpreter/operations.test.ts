import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../src/engine/interpreter/engine.ts';
import { differentiate } from '../../../src/engine/program/passes/differentiate.ts';
import { validateProgram } from '../program/validate.ts';
import { expectAgreement } from '../reference/gradient-check.ts';
import { OPERATION_CASES, programOf } from '../reference/operation-cases.ts';
import { randomInputs } from '../reference/run-program.ts';

describe('on cpu and wasm', () => {
  let engines: readonly Engine[];
  beforeAll(async () => {
    engines = [
      await createInterpreterEngine('cpu', { threads: 1 }),
      await createInterpreterEngine('wasm', { threads: 1 }),
    ];
  });

  it.each(Object.entries(OPERATION_CASES))('%s and its gradients agree with central differences', async (_, cases) => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(1000), async (operationCase, seed) => {
        const forward = programOf(operationCase);
        const training = differentiate(forward);
        validateProgram(training);
        const inputs = randomInputs(forward, seed);
        await expectAgreement({ engines, training, forward, inputs, tolerance: 2e-5, elements: 8 });
      }),
      { seed: 20, numRuns: 40 },
    );
    for (const engine of engines) expect(engine.tensorCount()).toBe(0);
  });
});
