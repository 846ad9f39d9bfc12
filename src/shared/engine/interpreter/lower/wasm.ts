import type { TrainingKernels } from '../training-kernels.ts';
import { COMMON } from './common.ts';
import type { LoweringTable } from './lowering.ts';
import { filterGradientLowering } from './wasm-grad-filter.ts';
import { conv2dGradInput } from './wasm-grad-input.ts';

/** With the training kernels that tfjs's wasm backend lacks, or has but slowly. */
export function wasmLowerings(kernels: TrainingKernels): LoweringTable {
  return {
    ...COMMON,
    conv2dGradInput,
    conv2dGradFilter: filterGradientLowering(kernels),
    maxPoolGrad(backend, { window }, inputs, [shape]) {
      const dx = backend.allocate(shape!);
      const [x, y, dy] = inputs.map((input) => backend.address(input)) as [number, number, number];
      const [batch, height, width, channels] = shape as [number, number, number, number];
      const [outHeight, outWidth] = inputs[1]!.shape.slice(1) as [number, number];
      const { size, strides, padding } = window;
      kernels.maxPoolGradient(
        ...([backend.address(dx), x, y, dy, batch, height, width, channels, outHeight, outWidth] as const),
        ...([...size, ...strides, padding.top, padding.left] as const),
      );
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
}
