import { assemble } from './builder.ts';
import type { Operation, OperationName, ValueId } from '../steps/operations.ts';
import type { DType, StepProgram, Value } from '../steps/program.ts';

interface Treatment {
  /** `follow`: bfloat16 where one of its inputs is. */
  readonly arithmetic: 'bfloat16' | 'float32' | 'follow';
  /** Of an operation in bfloat16: inputs and outputs from these positions on stay float32. Default: none do. */
  readonly float32From?: { readonly input: number; readonly output: number };
}

/**
 * Convolutions are what bfloat16 is for; everything that works on their outputs follows, since there it is memory that
 * counts. The head stays float32 from the average or the first dense layer on: it is small, and logits decide the loss. So do
 * sums over many values (of a bias' gradient), what batch norm knows of each channel, and dropout, whose 1/(1-rate) is
 * seldom a number of bfloat16.
 */
const TREATMENTS: Readonly<Record<OperationName, Treatment>> = {
  conv2d: { arithmetic: 'bfloat16' },
  conv2dGradInput: { arithmetic: 'bfloat16' },
  conv2dGradFilter: { arithmetic: 'bfloat16' },
  biasAdd: { arithmetic: 'follow' },
  biasAddGrad: { arithmetic: 'float32' },
  activation: { arithmetic: 'follow' },
  activationGrad: { arithmetic: 'follow' },
  maxPool: { arithmetic: 'follow' },
  maxPoolGrad: { arithmetic: 'follow' },
  avgPool: { arithmetic: 'follow' },
  avgPoolGrad: { arithmetic: 'follow' },
  batchNorm: { arithmetic: 'follow', float32From: { input: 1, output: 1 } },
  batchNormGrad: { arithmetic: 'follow', float32From: { input: 2, output: 1 } },
  batchNormInference: { arithmetic: 'follow', float32From: { input: 1, output: 1 } },
  batchNormInferenceGrad: { arithmetic: 'follow', float32From: { input: 1, output: 1 } },
  add: { arithmetic: 'follow' },
  reshape: { arithmetic: 'follow' },
  multiply: { arithmetic: 'float32' },
  globalAverage: { arithmetic: 'float32' },
  globalAverageGrad: { arithmetic: 'float32' },
  matMul: { arithmetic: 'float32' },
  softmaxCrossEntropy: { arithmetic: 'float32' },
  sigmoidCrossEntropy: { arithmetic: 'float32' },
  cast: { arithmetic: 'float32' },
};

/**
 * Lets convolutions, and what lies between them, compute in bfloat16. Whatever goes in or comes out of the program stays
 * float32: parameters, gradients, logits, losses, statistics. Runs last: on a differentiated program.
 */
export function computeInBfloat16(program: StepProgram): StepProgram {
  const values: Value[] = [...program.values];
  const operations: Operation[] = [];
  /** The same value in the other type. */
  const twins = new Map<ValueId, ValueId>();
  const asType = (value: ValueId, dtype: DType): ValueId => {
    const { name, shape, dtype: is } = values[value]!;
    if (is === dtype || is === 'int32' || dtype === 'int32') return value;
    const known = twins.get(value);
    if (known !== undefined) return known;
    const twin = values.push({ name: `${name}/${dtype}`, shape, dtype }) - 1;
    operations.push({ op: 'cast', to: dtype, inputs: [value], outputs: [twin] });
    twins.set(value, twin);
    return twin;
  };

  const kept = new Set([
    program.logits,
    ...(program.losses === null ? [] : [program.losses]),
    ...program.gradients.map(({ value }) => value),
    ...program.statistics.map(({ value }) => value),
  ]);
  for (const operation of program.operations) {
    const { arithmetic, float32From } = TREATMENTS[operation.op];
    const low =
      arithmetic === 'follow'
        ? operation.inputs.some((value) => values[value]!.dtype === 'bfloat16')
        : arithmetic === 'bfloat16';
    const typeAt = (position: number, from = Number.POSITIVE_INFINITY): DType =>
      low && position < from ? 'bfloat16' : 'float32';
    const inputs = operation.inputs.map((value, index) => asType(value, typeAt(index, float32From?.input)));
    for (const [index, value] of operation.outputs.entries()) {
      values[value] = { ...values[value]!, dtype: typeAt(index, float32From?.output) };
    }
    operations.push({ ...operation, inputs });
    // At once, lest a gradient wait for what comes after it.
    for (const value of operation.outputs) if (kept.has(value)) asType(value, 'float32');
  }
  const outside = (value: ValueId): ValueId => asType(value, 'float32');
  return assemble({
    ...program,
    values,
    operations,
    logits: outside(program.logits),
    losses: program.losses === null ? null : outside(program.losses),
    gradients: program.gradients.map(({ parameter, value }) => ({ parameter, value: outside(value) })),
    statistics: program.statistics.map(({ buffer, value }) => ({ buffer, value: outside(value) })),
  });
}
