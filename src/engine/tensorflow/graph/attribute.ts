import { ProtobufWriter } from '../../../shared/protobuf/writer.ts';

/** tensorflow.DataType, the ones in use here. */
export const DATA_TYPE = { float32: 1, int32: 3, bfloat16: 14 } as const;
export type DataType = (typeof DATA_TYPE)[keyof typeof DATA_TYPE];

/** An attribute of a node (tensorflow.AttrValue). */
export type Attribute =
  | { readonly type: DataType }
  | { readonly text: string }
  | { readonly integer: number }
  | { readonly float: number }
  | { readonly boolean: boolean }
  | { readonly shape: readonly number[] }
  | { readonly integers: readonly number[] }
  | { readonly tensor: { readonly type: DataType; readonly shape: readonly number[]; readonly content: Uint8Array } };

export type Attributes = Readonly<Record<string, Attribute>>;

/** Field numbers are those of tensorflow/core/framework/attr_value.proto, tensor.proto and tensor_shape.proto. */
export function encodeAttribute(attribute: Attribute): ProtobufWriter {
  const value = new ProtobufWriter();
  if ('type' in attribute) return value.integer(6, attribute.type);
  if ('text' in attribute) return value.text(2, attribute.text);
  if ('integer' in attribute) return value.integer(3, attribute.integer);
  if ('float' in attribute) return value.float(4, attribute.float);
  if ('boolean' in attribute) return value.integer(5, attribute.boolean ? 1 : 0);
  if ('shape' in attribute) return value.message(7, encodeShape(attribute.shape));
  if ('integers' in attribute) {
    const list = new ProtobufWriter();
    if (attribute.integers.length > 0) list.packed(3, attribute.integers);
    return value.message(1, list);
  }
  const { type, shape, content } = attribute.tensor;
  return value.message(8, new ProtobufWriter().integer(1, type).message(2, encodeShape(shape)).bytes(4, content));
}

function encodeShape(shape: readonly number[]): ProtobufWriter {
  const message = new ProtobufWriter();
  for (const size of shape) message.message(2, new ProtobufWriter().integer(1, size));
  return message;
}
