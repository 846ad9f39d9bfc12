import { ProtobufWriter } from '../../shared/protobuf/writer.ts';

const FLOAT = 1;
/** AttributeProto: field and type of each kind that is used here. */
const ATTRIBUTE = {
  name: 1,
  float: { field: 2, type: 1 },
  integer: { field: 3, type: 2 },
  integers: { field: 8, type: 7 },
  type: 20,
} as const;
const TENSOR = { shape: 1, type: 2, name: 8, content: 9 } as const;

/** An AttributeProto. */
export function onnxAttribute(name: string, value: number | readonly number[], isFloat: boolean): ProtobufWriter {
  const attribute = new ProtobufWriter().text(ATTRIBUTE.name, name);
  if (typeof value !== 'number') {
    return attribute.packed(ATTRIBUTE.integers.field, value).integer(ATTRIBUTE.type, ATTRIBUTE.integers.type);
  }
  return isFloat
    ? attribute.float(ATTRIBUTE.float.field, value).integer(ATTRIBUTE.type, ATTRIBUTE.float.type)
    : attribute.integer(ATTRIBUTE.integer.field, value).integer(ATTRIBUTE.type, ATTRIBUTE.integer.type);
}

/** A TensorProto of float32. */
export function onnxTensor(name: string, shape: readonly number[], values: Float32Array): ProtobufWriter {
  return new ProtobufWriter()
    .packed(TENSOR.shape, shape)
    .integer(TENSOR.type, FLOAT)
    .text(TENSOR.name, name)
    .bytes(TENSOR.content, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** A ValueInfoProto: float32 of any number of samples, each of this shape. */
export function onnxValue(name: string, shape: readonly number[]): ProtobufWriter {
  const sizes = new ProtobufWriter().message(1, new ProtobufWriter().text(2, 'n'));
  for (const size of shape) sizes.message(1, new ProtobufWriter().integer(1, size));
  const type = new ProtobufWriter().integer(1, FLOAT).message(2, sizes);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, type));
}

/** Little-endian bytes, wherever they begin, as float32. What was read from a file is a `Buffer`, whose `slice` copies nothing. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
