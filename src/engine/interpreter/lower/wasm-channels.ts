import { sizeOf } from '../../../shared/network/layout.ts';
import type { Backend, Tensor } from '../backend/backend.ts';
import type { TrainingValues } from '../kernels/training-kernels.ts';
import { shareOf } from '../threads/share.ts';
import type { Team } from '../threads/team.ts';
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
      run(team, backend, 'channelSums', { out: dbias, x: dy! }, {}, { pixels: dy!, scratch: 2 });
      return [dbias];
    },
    batchNorm(backend, { epsilon }, [x, scale, offset], shapes) {
      const outputs = shapes.map((shape) => backend.allocate(shape));
      const [y, mean, variance, sameMean, inverse] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const tensors = { y, mean, variance, inverse, x: x!, scale: scale!, offset: offset! };
      run(team, backend, 'batchNorm', tensors, { epsilon }, { pixels: x!, scratch: 4 });
      backend.floats(sameMean).set(backend.floats(mean));
      return outputs;
    },
    batchNormGrad(backend, _, [dy, x, scale, mean, inverse], shapes) {
      const outputs = shapes.map((shape) => backend.allocate(shape));
      const [dx, dscale, doffset] = outputs as [Tensor, Tensor, Tensor];
      const tensors = { dx, dscale, doffset, dy: dy!, x: x!, scale: scale!, mean: mean!, inverse: inverse! };
      run(team, backend, 'batchNormGradient', tensors, {}, { pixels: x!, scratch: 4 });
      return outputs;
    },
    batchNormInference(backend, { epsilon }, [x, scale, offset, mean, variance], [shape]) {
      const y = backend.allocate(shape!);
      const tensors = { y, x: x!, scale: scale!, offset: offset!, mean: mean!, variance: variance! };
      run(team, backend, 'batchNormInference', tensors, { epsilon }, { pixels: x!, scratch: 1 });
      return [y];
    },
    batchNormInferenceGrad(backend, { epsilon }, [dy, scale, variance], [shape]) {
      const dx = backend.allocate(shape!);
      const tensors = { dx, dy: dy!, scale: scale!, variance: variance! };
      run(team, backend, 'batchNormInferenceGradient', tensors, { epsilon }, { pixels: dy!, scratch: 1 });
      return [dx];
    },
  };
}

type ChannelKernel =
  | 'channelSums'
  | 'batchNorm'
  | 'batchNormGradient'
  | 'batchNormInference'
  | 'batchNormInferenceGradient';

/** What all of these kernels are told, and those that divide by a deviation. */
type Pixels = 'pixels' | 'stride' | 'channels' | 'scratch';
type Constant = 'epsilon';

type Tensors<Kernel extends ChannelKernel> = {
  readonly [Name in Exclude<keyof TrainingValues[Kernel], Pixels | Constant>]: Tensor;
};
type Constants<Kernel extends ChannelKernel> = Pick<
  TrainingValues[Kernel],
  Extract<keyof TrainingValues[Kernel], Constant>
>;

/** Runs a kernel on tensors whose last axis is the channels, with so many floats of scratch for each channel. */
function run<Kernel extends ChannelKernel>(
  team: Team,
  backend: Backend,
  kernel: Kernel,
  tensors: Tensors<Kernel>,
  constants: Constants<Kernel>,
  { pixels: { shape }, scratch }: { readonly pixels: Tensor; readonly scratch: number },
): void {
  const stride = shape[shape.length - 1]!;
  const memory = backend.allocate([stride, scratch]);
  const addresses = Object.entries<Tensor>(tensors).map(([name, tensor]) => [name, backend.address(tensor)] as const);
  const scratchAddress = backend.address(memory);
  team.run(kernel, (part) => {
    const { first, count } = shareOf(stride, LINE, part, team.parts);
    if (count === 0) return null;
    const values: Record<string, number> = {
      ...constants,
      pixels: sizeOf(shape) / stride,
      stride,
      channels: count,
      scratch: scratchAddress + 4 * first * scratch,
    };
    for (const [name, address] of addresses) values[name] = address + 4 * first;
    // The cast is sound: tensors, constants and these four are what the kernel takes.
    return values as unknown as TrainingValues[Kernel];
  });
  backend.release(memory);
}
