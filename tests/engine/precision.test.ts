import { expect, it } from 'vitest';
import { checkPrecision } from '../../src/engine/precision.ts';
import { EXIT } from '../../src/shared/errors.ts';

it('refuses what an engine cannot compute in, and says what it offers', () => {
  const wasm = { name: 'wasm', precisions: ['f32'] } as const;
  expect(() => checkPrecision(wasm, 'f32')).not.toThrow();
  expect(() => checkPrecision(wasm, 'bf16')).toThrow(
    expect.objectContaining({
      exitCode: EXIT.configuration,
      message: expect.stringMatching(/^--precision bf16 .* wasm engine .* it offers f32\. /) as string,
    }),
  );
});
