import { describe, expect, it } from 'vitest';
import { gainsFromOneDnn, processorGainsFromOneDnn } from '../../../src/engine/tensorflow/onednn.ts';
import { installedEngine, NO_TENSORFLOW, WITHOUT_TENSORFLOW } from './installed.ts';

const processor = (flags: string) =>
  `processor\t: 0\nmodel name\t: some\nflags\t\t: fpu ${flags} sse4_2\nbogomips\t: 1\n`;

describe("oneDNN's kernels", () => {
  it('are taken wherever a processor has AVX2, also without instructions for neural networks', () => {
    expect(gainsFromOneDnn(processor('avx f16c fma avx2'))).toBe(true);
    expect(gainsFromOneDnn(processor('avx fma avx2 avx512f avx512_vnni'))).toBe(true);
  });

  it('are left to TensorFlow on older ones, and where nothing is told', () => {
    expect(gainsFromOneDnn(processor('avx'))).toBe(false);
    expect(gainsFromOneDnn(processor('avx avx2_like fma'))).toBe(false);
    expect(gainsFromOneDnn('')).toBe(false);
  });

  it('are there once the engine is', ({ skip }) => {
    skip(WITHOUT_TENSORFLOW, NO_TENSORFLOW);
    skip(!processorGainsFromOneDnn(), 'this processor has no AVX2');
    installedEngine('buckets');
    expect(process.env['TF_ENABLE_ONEDNN_OPTS']).toMatch(/^[01]$/);
  });
});
