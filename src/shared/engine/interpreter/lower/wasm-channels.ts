import { sizeOf } from '../../../network/layout.ts';
import type { Backend, Tensor } from '../backend.ts';
import type { TrainingKernels } from '../training-kernels.ts';
import type { LoweringTable } from './lowering.ts';

type Channelwise = 'biasAddGrad' | 'batchNorm' | 'batchNormGrad' | 'batchNormInference' | 'batchNormInferenceGrad';

/** Operations that compute something for each channel, the last axis, over all pixels. */
export function channelwiseLowerings(kernels: TrainingKernels): Pick<LoweringTable, Channelwise> {
  return {
    biasAddGrad(backend, _, [dy], [shape]) {
      const dbias = backend.allocate(shape!);
      withScratch(backend, dy!, 2, (pixels, channels, sums) => {
        kernels.channelSums(...backend.addresses(dbias, dy!), pixels, channels, channels, sums);
      });
      return [dbias];
    },
    batchNorm(backend, { epsilon }, [x, scale, offset], shapes) {
      const outputs = shapes.map((shape) => backend.allocate(shape));
      const [y, mean, variance, sameMean, inverse] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const addresses = backend.addresses(y, mean, variance, inverse, x!, scale!, offset!);
      withScratch(backend, x!, 4, (pixels, channels, sums) => {
        kernels.batchNorm(...addresses, epsilon, pixels, channels, channels, sums);
      });
      backend.floats(sameMean).set(backend.floats(mean));
      return outputs;
    },
    batchNormGrad(backend, _, [dy, x, scale, mean, inverse], shapes) {
      const outputs = shapes.map((shape) => backend.allocate(shape));
      const [dx, dscale, doffset] = outputs as [Tensor, Tensor, Tensor];
      const addresses = backend.addresses(dx, dscale, doffset, dy!, x!, scale!, mean!, inverse!);
      withScratch(backend, x!, 4, (pixels, channels, sums) => {
        kernels.batchNormGradient(...addresses, pixels, channels, channels, sums);
      });
      return outputs;
    },
    batchNormInference(backend, { epsilon }, [x, scale, offset, mean, variance], [shape]) {
      const y = backend.allocate(shape!);
      const addresses = backend.addresses(y, x!, scale!, offset!, mean!, variance!);
      withScratch(backend, x!, 1, (pixels, channels, factors) => {
        kernels.batchNormInference(...addresses, epsilon, pixels, channels, channels, factors);
      });
      return [y];
    },
    batchNormInferenceGrad(backend, { epsilon }, [dy, scale, variance], [shape]) {
      const dx = backend.allocate(shape!);
      const addresses = backend.addresses(dx, dy!, scale!, variance!);
      withScratch(backend, dy!, 1, (pixels, channels, factors) => {
        kernels.batchNormInferenceGradient(...addresses, epsilon, pixels, channels, channels, factors);
      });
      return [dx];
    },
  };
}

/** Calls a kernel with how many pixels and channels `x` has, and `floats` floats of scratch for each channel. */
function withScratch(
  backend: Backend,
  x: Tensor,
  floats: number,
  call: (pixels: number, channels: number, scratch: number) => void,
): void {
  const channels = x.shape[x.shape.length - 1]!;
  const scratch = backend.allocate([floats * channels]);
  call(sizeOf(x.shape) / channels, channels, backend.address(scratch));
  backend.release(scratch);
}
