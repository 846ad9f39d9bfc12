import { sizeOf } from '../../../shared/network/layout.ts';
import type { Backend, Tensor } from '../backend/backend.ts';
import { shareOf } from '../threads/share.ts';
import type { Team } from '../threads/team.ts';
import type { TrainingKernels } from '../kernels/training-kernels.ts';
import type { LoweringTable } from './lowering.ts';

type Channelwise = 'biasAddGrad' | 'batchNorm' | 'batchNormGrad' | 'batchNormInference' | 'batchNormInferenceGrad';

/** Channels that stay together: threads then do not write to the same line of a cache. */
const LINE = 16;

/**
 * Operations that compute something for each channel, the last axis, over all pixels. Each part does so for some of the
 * channels.
 */
export function channelwiseLowerings(team: Team): Pick<LoweringTable, Channelwise> {
  return {
    biasAddGrad(backend, _, [dy], [shape]) {
      const dbias = backend.allocate(shape!);
      run(team, backend, 'channelSums', [dbias, dy!], { pixels: dy!, scratch: 2 }, (addresses, pixels) => [
        ...addresses,
        ...pixels,
      ]);
      return [dbias];
    },
    batchNorm(backend, { epsilon }, [x, scale, offset], shapes) {
      const outputs = shapes.map((shape) => backend.allocate(shape));
      const [y, mean, variance, sameMean, inverse] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const tensors = [y, mean, variance, inverse, x!, scale!, offset!] as const;
      run(team, backend, 'batchNorm', tensors, { pixels: x!, scratch: 4 }, (addresses, pixels) => [
        ...addresses,
        epsilon,
        ...pixels,
      ]);
      backend.floats(sameMean).set(backend.floats(mean));
      return outputs;
    },
    batchNormGrad(backend, _, [dy, x, scale, mean, inverse], shapes) {
      const outputs = shapes.map((shape) => backend.allocate(shape));
      const [dx, dscale, doffset] = outputs as [Tensor, Tensor, Tensor];
      const tensors = [dx, dscale, doffset, dy!, x!, scale!, mean!, inverse!] as const;
      run(team, backend, 'batchNormGradient', tensors, { pixels: x!, scratch: 4 }, (addresses, pixels) => [
        ...addresses,
        ...pixels,
      ]);
      return outputs;
    },
    batchNormInference(backend, { epsilon }, [x, scale, offset, mean, variance], [shape]) {
      const y = backend.allocate(shape!);
      const tensors = [y, x!, scale!, offset!, mean!, variance!] as const;
      run(team, backend, 'batchNormInference', tensors, { pixels: x!, scratch: 1 }, (addresses, pixels) => [
        ...addresses,
        epsilon,
        ...pixels,
      ]);
      return [y];
    },
    batchNormInferenceGrad(backend, { epsilon }, [dy, scale, variance], [shape]) {
      const dx = backend.allocate(shape!);
      const tensors = [dx, dy!, scale!, variance!] as const;
      run(team, backend, 'batchNormInferenceGradient', tensors, { pixels: dy!, scratch: 1 }, (addresses, pixels) => [
        ...addresses,
        epsilon,
        ...pixels,
      ]);
      return [dx];
    },
  };
}

type Addresses<Tensors> = { readonly [Index in keyof Tensors]: number };

/** How kernels are told what to work on. */
type Pixels = readonly [pixels: number, stride: number, channels: number, scratch: number];

/** Runs a kernel on tensors whose last axis is the channels, with so many floats of scratch for each channel. */
function run<Name extends keyof TrainingKernels, const Tensors extends readonly Tensor[]>(
  team: Team,
  backend: Backend,
  kernel: Name,
  tensors: Tensors,
  { pixels: { shape }, scratch }: { readonly pixels: Tensor; readonly scratch: number },
  argumentsOf: (addresses: Addresses<Tensors>, pixels: Pixels) => Parameters<TrainingKernels[Name]>,
): void {
  const channels = shape[shape.length - 1]!;
  const memory = backend.allocate([channels, scratch]);
  const addresses = backend.addresses(...tensors);
  const scratchAddress = backend.address(memory);
  team.run(kernel, (part) => {
    const { first, count } = shareOf(channels, LINE, part, team.parts);
    if (count === 0) return null;
    // The cast is sound: map keeps the length.
    const firsts = addresses.map((address) => address + 4 * first) as unknown as Addresses<Tensors>;
    return argumentsOf(firsts, [sizeOf(shape) / channels, channels, count, scratchAddress + 4 * first * scratch]);
  });
  backend.release(memory);
}
