import type { Tensor } from '../backend/backend.ts';
import type { Team } from '../threads/team.ts';
import type { Kind, Lowering } from './lowering.ts';
import { allPixels, convolve } from './wasm-convolve.ts';
import { filterGradient } from './wasm-grad-filter.ts';

/**
 * Products of matrices with the kernels of convolutions, for which a matrix is a batch of single pixels: a * b is a 1x1
 * convolution of a, whose filter may be packed transposed, and transposed a * b is such a convolution's filter gradient.
 */
export function matMulLowering(team: Team): Lowering<Kind<'matMul'>> {
  return (backend, { transposeA, transposeB }, [a, b], [shape]) => {
    if (transposeA && !transposeB) {
      const gradient = filterGradient(team, backend, pixelsOf(a!), pixelsOf(b!), [1, 1, ...shape!], PLAIN);
      return [{ ...gradient, shape: [...shape!] }];
    }
    const left = transposeA ? backend.run('Transpose', { x: a! }, { perm: [1, 0] }) : a!;
    const [inner, outputs] = transposeB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
    const strides = transposeB ? ([0, 0, 1, inner] as const) : ([0, 0, outputs, 1] as const);
    const product = backend.allocate(shape!);
    const filters = { tensor: b!, start: 0, size: [1, 1], inputs: inner, outputs, strides } as const;
    convolve(team, backend, pixelsOf(left), filters, allPixels(pixelsOf(product)), PLAIN);
    if (transposeA) backend.release(left);
    return [product];
  };
}

const PLAIN = { strides: [1, 1], padding: [0, 0] } as const;

/** Another view of the same tensor, not a tensor of its own. */
function pixelsOf(matrix: Tensor): Tensor {
  return { ...matrix, shape: [matrix.shape[0]!, 1, 1, matrix.shape[1]!] };
}
