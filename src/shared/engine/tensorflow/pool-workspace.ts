import type { Operation, ValueId } from '../../program/operations.ts';
import type { StepProgram, Value } from '../../program/program.ts';
import type { Binding } from './binding.ts';

/**
 * oneDNN's max-pool remembers in a workspace where each maximum was, and its gradient is several times as fast for it.
 * TensorFlow connects the two by itself only inside one call; where a graph runs in parts, the workspace has to cross
 * from part to part like any other value. So it becomes one: a second output of `maxPool`, a fourth input of
 * `maxPoolGrad`.
 */
export function withPoolWorkspaces(program: StepProgram): StepProgram {
  const values: Value[] = [...program.values];
  const workspaceOf = new Map<ValueId, ValueId>();
  const pooled = new Set(program.operations.flatMap(({ op, inputs }) => (op === 'maxPoolGrad' ? [inputs[1]!] : [])));
  const operations = program.operations.map((operation): Operation => {
    const [output] = operation.outputs as [ValueId];
    if (operation.op === 'maxPool' && pooled.has(output)) {
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

/** Whether oneDNN's pool is in this TensorFlow under the names that lower/pooling.ts uses: they are internal ones. */
export function hasPoolWorkspaces(binding: Binding): boolean {
  const x = binding.createTensor([1, 2, 2, 1], binding.TF_FLOAT, Float32Array.of(1, 2, 3, 4));
  const attribute = (name: string, type: number, value: unknown) => ({ name, type, value });
  try {
    const outputs = binding.executeOp(
      '_MklNativeMaxPool',
      [
        attribute('T', binding.TF_ATTR_TYPE, binding.TF_FLOAT),
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
  } finally {
    binding.deleteTensor(x);
  }
}
