import { activationGrad } from '../kernels/activation-grad.ts';
import { batchNorm, batchNormGrad, batchNormInference, batchNormInferenceGrad } from '../kernels/batch-norm.ts';
import { channelSums } from '../kernels/channel-sums.ts';
import { COMMON } from './common.ts';
import { convolutionAttributes, type LoweringTable, poolAttributes } from './lowering.ts';

/**
 * In plain JavaScript: slow, and good to compare with. tfjs's reference backend has kernels for convolutions and pools,
 * written independently of ours; what it lacks, or has only in parts, are loops over its arrays.
 */
export const CPU_LOWERINGS: LoweringTable = {
  ...COMMON,
  conv2dGradInput: (backend, { window }, [filter, dy], [inputShape]) => [
    backend.run(
      'Conv2DBackpropInput',
      { dy: dy!, filter: filter! },
      { ...convolutionAttributes(window), inputShape: inputShape! },
    ),
  ],
  conv2dGradFilter: (backend, { window }, [x, dy], [filterShape]) => [
    backend.run(
      'Conv2DBackpropFilter',
      { x: x!, dy: dy! },
      { ...convolutionAttributes(window), filterShape: filterShape! },
    ),
  ],
  maxPoolGrad: (backend, { window }, [x, y, dy]) => [
    backend.run('MaxPoolGrad', { dy: dy!, input: x!, output: y! }, poolAttributes(window)),
  ],
  matMul: (backend, { transposeA, transposeB }, [a, b]) => [
    backend.run('BatchMatMul', { a: a!, b: b! }, { transposeA, transposeB }),
  ],
  biasAddGrad(backend, _, [dy], [shape]) {
    const dbias = backend.allocate(shape!);
    channelSums(backend.floats(dy!), backend.floats(dbias));
    return [dbias];
  },
  activationGrad(backend, { kind }, [dy, y], [shape]) {
    const dx = backend.allocate(shape!);
    activationGrad(kind, backend.floats(dy!), backend.floats(y!), backend.floats(dx));
    return [dx];
  },
  batchNorm(backend, { epsilon }, [x, scale, offset], shapes) {
    const outputs = shapes.map((shape) => backend.allocate(shape));
    const [y, mean, variance, sameMean, inverseDeviation] = outputs.map((output) => backend.floats(output));
    batchNorm(backend.floats(x!), backend.floats(scale!), backend.floats(offset!), epsilon, {
      y: y!,
      mean: mean!,
      variance: variance!,
      inverseDeviation: inverseDeviation!,
    });
    sameMean!.set(mean!);
    return outputs;
  },
  batchNormGrad(backend, _, inputs, shapes) {
    const outputs = shapes.map((shape) => backend.allocate(shape));
    const [dy, x, scale, mean, inverseDeviation] = inputs.map((input) => backend.floats(input));
    const [dx, dscale, doffset] = outputs.map((output) => backend.floats(output));
    batchNormGrad(
      { dy: dy!, x: x!, scale: scale!, mean: mean!, inverseDeviation: inverseDeviation! },
      { dx: dx!, dscale: dscale!, doffset: doffset! },
    );
    return outputs;
  },
  batchNormInference(backend, { epsilon }, inputs, [shape]) {
    const y = backend.allocate(shape!);
    const [x, scale, offset, mean, variance] = inputs.map((input) => backend.floats(input));
    batchNormInference(x!, scale!, offset!, mean!, variance!, epsilon, backend.floats(y));
    return [y];
  },
  batchNormInferenceGrad(backend, { epsilon }, inputs, [shape]) {
    const dx = backend.allocate(shape!);
    const [dy, scale, variance] = inputs.map((input) => backend.floats(input));
    batchNormInferenceGrad(dy!, scale!, variance!, epsilon, backend.floats(dx));
    return [dx];
  },
};
