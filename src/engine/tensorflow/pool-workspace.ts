import type { Operation, ValueId } from '../program/steps/operations.ts';
import type { DType, StepProgram, Value } from '../program/steps/program.ts';
import { DATA_TYPE } from './graph/attribute.ts';
import type { Binding } from './binding.ts';

/**
 * oneDNN's max-pool remembers in a workspace where each maximum was, and its gradient is several times as fast for it.
 * TensorFlow connects the two by itself only inside one call; where a graph runs in parts, the workspace has to cross
 * from part to part like any other value. So it becomes one: a second output of `maxPool`, a fourth input of
 * `maxPoolGrad`. Pools of other types than `types` stay as they are.
 */
export function withPoolWorkspaces(program: StepProgram, types: ReadonlySet<DType>): StepProgram {
  const values: Value[] = [...program.values];
  const workspaceOf = new Map<ValueId, ValueId>();
  const pooled = new Set(program.operations.flatMap(({ op, inputs }) => (op === 'maxPoolGrad' ? [inputs[1]!] : [])));
  const operations = program.operations.map((operation): Operation => {
    const [output] = operation.outputs as [ValueId];
    if (operation.op === 'maxPool' && pooled.has(output) && types.has(values[output]!.dtype)) {
      // Of a shape and type that only oneDNN knows; nobody looks at either.
      const workspace = values.push({ name: `${values[output]!.name}/workspace`, shape: [], dtype: 'int32' }) - 1;
      workspaceOf.set(output, workspace);
      return { ...operation, outputs: [output, workspace] };
    }
    const workspace = operation.op === 'maxPoolGrad' ? workspaceOf.get(operation.inputs[1]!) : undefined;
    return workspace === undefined ? operation : { ...operation, inputs: [...operation.inputs, workspace] };
  });
  const lastUse = values.map((_, value) =>
    operations.findLastIndex(({ inputs, outputs }) => inputs.includes(value) || outputs.includes(value)),
  );
  return { ...program, values, operations, lastUse };
}

/**
 * For which types this TensorFlow has oneDNN's pool under the names that lower/pooling.ts uses: they are internal ones, and
 * bfloat16 takes a processor of a certain age.
 */
export function poolWorkspaces(binding: Binding): ReadonlySet<DType> {
  const float32 = binding.createTensor([1, 2, 2, 1], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
  try {
    const types: DType[] = [];
    if (hasPool(binding, float32, 'float32')) types.push('float32');
    const cast = [
      { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: DATA_TYPE.float32 },
      { name: 'DstT', type: binding.TF_ATTR_TYPE, value: DATA_TYPE.bfloat16 },
    ];
    const bfloat16 = binding.executeOp('Cast', cast, [float32], 1)[0]!.id;
    if (hasPool(binding, bfloat16, 'bfloat16')) types.push('bfloat16');
    binding.deleteTensor(bfloat16);
    return new Set(types);
  } finally {
    binding.deleteTensor(float32);
  }
}

function hasPool(binding: Binding, x: number, dtype: 'float32' | 'bfloat16'): boolean {
  const attribute = (name: string, type: number, value: unknown) => ({ name, type, value });
  try {
    const outputs = binding.executeOp(
      '_MklNativeMaxPool',
      [
        attribute('T', binding.TF_ATTR_TYPE, DATA_TYPE[dtype]),
        attribute('ksize', binding.TF_ATTR_INT, [1, 2, 2, 1]),
        attribute('strides', binding.TF_ATTR_INT, [1, 2, 2, 1]),
        attribute('padding', binding.TF_ATTR_STRING, 'VALID'),
        attribute('data_format', binding.TF_ATTR_STRING, 'NHWC'),
        attribute('explicit_paddings', binding.TF_ATTR_INT, []),
        attribute('workspace_enabled', binding.TF_ATTR_BOOL, true),
        attribute('_kernel', binding.TF_ATTR_STRING, 'MklNameChangeOp'),
      ],
      [x],
      2,
    );
    for (const { id } of outputs) binding.deleteTensor(id);
    return outputs.length === 2;
  } catch {
    return false;
  }
}
