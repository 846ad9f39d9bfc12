/** A field of a message: its number, and what stands there. */
export interface Field {
  readonly number: number;
  readonly value: bigint | number | Uint8Array;
}

/** Reads a message of protobuf's wire format, knowing nothing of its schema. */
export function decodeMessage(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: view.getFloat64(at, true) });
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw new RangeError('a field runs over the end');
        fields.push({ number, value: bytes.subarray(at, at + length) });
        at += length;
        break;
      }
      case 5:
        fields.push({ number, value: view.getFloat32(at, true) });
        at += 4;
        break;
      default:
        throw new RangeError(`wire type ${tag & 7}`);
    }
  }
  return fields;
}

export function textOf(value: Field['value'] | undefined): string {
  return new TextDecoder().decode(value as Uint8Array);
}

/** The values of all fields of one number. */
export function valuesOf(fields: readonly Field[], number: number): Field['value'][] {
  return fields.filter((field) => field.number === number).map(({ value }) => value);
}
