import type { Tensor } from '../backend/backend.ts';
import { shareOf } from '../threads/share.ts';
import type { Team } from '../threads/team.ts';
import { COMMON } from './common.ts';
import type { LoweringTable } from './lowering.ts';
import { activationGradientLowering } from './wasm-activation-grad.ts';
import { channelwiseLowerings } from './wasm-channels.ts';
import { allPixels, convolve } from './wasm-convolve.ts';
import { filterGradient } from './wasm-grad-filter.ts';
import { inputGradientLowering } from './wasm-grad-input.ts';
import { matMulLowering } from './wasm-mat-mul.ts';

/** With kernels of our own where tfjs's wasm backend has none for training, or slower ones. */
export function wasmLowerings(team: Team): LoweringTable {
  return {
    ...COMMON,
    ...channelwiseLowerings(team),
    activationGrad: activationGradientLowering(team),
    conv2d(backend, { window }, [x, filter], [shape]) {
      const [, width, inputs, outputs] = filter!.shape as [number, number, number, number];
      const y = backend.allocate(shape!);
      const filters = {
        tensor: filter!,
        start: 0,
        size: window.size,
        inputs,
        outputs,
        strides: [width * inputs * outputs, inputs * outputs, outputs, 1],
      } as const;
      const padding = [window.padding.top, window.padding.left] as const;
      convolve(team, backend, x!, filters, allPixels(y), { strides: window.strides, padding });
      return [y];
    },
    conv2dGradInput: inputGradientLowering(team),
    conv2dGradFilter(backend, { window }, [x, dy], [shape]) {
      const padding = [window.padding.top, window.padding.left] as const;
      return [filterGradient(team, backend, x!, dy!, shape!, { strides: window.strides, padding })];
    },
    matMul: matMulLowering(team),
    maxPoolGrad(backend, { window }, inputs, [shape]) {
      const dx = backend.allocate(shape!);
      const [x, y, dy] = inputs as [Tensor, Tensor, Tensor];
      const [batch, height, width, channels] = shape as [number, number, number, number];
      const [outHeight, outWidth] = y.shape.slice(1) as [number, number];
      const { size, strides, padding } = window;
      const sample = 4 * height * width * channels;
      const pooled = 4 * outHeight * outWidth * channels;
      const [to, from, maxima, gradient] = backend.addresses(dx, x, y, dy);
      team.run('maxPoolGradient', (part) => {
        const { first, count } = shareOf(batch, 1, part, team.parts);
        if (count === 0) return null;
        return {
          dx: to + first * sample,
          x: from + first * sample,
          y: maxima + first * pooled,
          dy: gradient + first * pooled,
          batch: count,
          height,
          width,
          channels,
          outHeight,
          outWidth,
          sizeY: size[0],
          sizeX: size[1],
          strideY: strides[0],
          strideX: strides[1],
          paddingTop: padding.top,
          paddingLeft: padding.left,
        };
      });
      return [dx];
    },
  };
}
