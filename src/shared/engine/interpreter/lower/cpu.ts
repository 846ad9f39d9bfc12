import { COMMON } from './common.ts';
import { convolutionAttributes, type LoweringTable, poolAttributes } from './lowering.ts';

/** tfjs's reference backend has kernels for these, written independently of ours: slow, and good to compare with. */
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
};
