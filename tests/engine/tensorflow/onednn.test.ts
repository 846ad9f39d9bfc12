import { describe, expect, it } from 'vitest';
import {
  flagsIn,
  gainsFromOneDnn,
  hasSlowFilterGradients,
  processorFlags,
} from '../../../src/engine/tensorflow/onednn.ts';
import { installedEngine, NO_TENSORFLOW, WITHOUT_TENSORFLOW } from './installed.ts';

const processor = (flags: string) =>
  flagsIn(`processor\t: 0\nmodel name\t: some\nflags\t\t: fpu ${flags} sse4_2\nbogomips\t: 1\n`);

describe("oneDNN's kernels", () => {
  it('are taken wherever a processor has AVX2, also without instructions for neural networks', () => {
    expect(gainsFromOneDnn(processor('avx f16c fma avx2'))).toBe(true);
    expect(gainsFromOneDnn(processor('avx fma avx2 avx512f avx512_vnni'))).toBe(true);
  });

  it('are left to TensorFlow on older ones, and where nothing is told', () => {
    expect(gainsFromOneDnn(processor('avx'))).toBe(false);
    expect(gainsFromOneDnn(processor('avx avx2_like fma'))).toBe(false);
    expect(gainsFromOneDnn(flagsIn(''))).toBe(false);
  });

  it('are slow for gradients of filters where there is AVX2 and no AVX-512', () => {
    expect(hasSlowFilterGradients(processor('avx fma avx2'))).toBe(true);
    expect(hasSlowFilterGradients(processor('avx fma avx2 avx_vnni'))).toBe(true);
    expect(hasSlowFilterGradients(processor('avx fma avx2 avx512f avx512_vnni'))).toBe(false);
    // There they are TensorFlow's own.
    expect(hasSlowFilterGradients(processor('avx'))).toBe(false);
  });

  it('are there once the engine is', ({ skip }) => {
    skip(WITHOUT_TENSORFLOW, NO_TENSORFLOW);
    skip(!gainsFromOneDnn(processorFlags()), 'this processor has no AVX2');
    installedEngine('buckets');
    expect(process.env['TF_ENABLE_ONEDNN_OPTS']).toMatch(/^[01]$/);
  });
});
