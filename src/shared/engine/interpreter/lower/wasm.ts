import { maxPoolGrad } from '../kernels/pooling.ts';
import { COMMON } from './common.ts';
import type { LoweringTable } from './lowering.ts';
import { conv2dGradFilter } from './wasm-grad-filter.ts';
import { conv2dGradInput } from './wasm-grad-input.ts';

/** The training kernels that tfjs's wasm backend lacks, or has but slowly. */
export const WASM_LOWERINGS: LoweringTable = {
  ...COMMON,
  conv2dGradInput,
  conv2dGradFilter,
  maxPoolGrad(backend, { window }, [x, y, dy], [shape]) {
    const dx = backend.allocate(shape!);
    maxPoolGrad(backend.floats(x!), backend.floats(y!), backend.floats(dy!), backend.floats(dx), window, {
      image: shape!,
      pooled: y!.shape,
    });
    return [dx];
  },
  matMul(backend, { transposeA, transposeB }, [a, b]) {
    // The kernel's own transposed forms are twenty times slower than transposing first.
    const transposed = (matrix: typeof a) => backend.run('Transpose', { x: matrix! }, { perm: [1, 0] });
    const left = transposeA ? transposed(a) : a!;
    const right = transposeB ? transposed(b) : b!;
    const product = backend.run('BatchMatMul', { a: left, b: right }, { transposeA: false, transposeB: false });
    if (transposeA) backend.release(left);
    if (transposeB) backend.release(right);
    return [product];
  },
};
