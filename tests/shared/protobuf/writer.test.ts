import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProtobufWriter } from '../../../src/shared/protobuf/writer.ts';
import { anyText } from '../any-text.ts';
import { decodeMessage, type Field } from './decode.ts';

const fieldNumber = fc.integer({ min: 1, max: 2 ** 24 });
const field = fc.oneof(
  fc.record({ kind: fc.constant('integer' as const), number: fieldNumber, value: fc.maxSafeInteger() }),
  fc.record({ kind: fc.constant('float' as const), number: fieldNumber, value: fc.float({ noNaN: true }) }),
  fc.record({ kind: fc.constant('double' as const), number: fieldNumber, value: fc.double({ noNaN: true }) }),
  fc.record({
    kind: fc.constant('text' as const),
    number: fieldNumber,
    value: anyText({ maxLength: 300 }),
  }),
  fc.record({ kind: fc.constant('packed' as const), number: fieldNumber, value: fc.array(fc.maxSafeInteger()) }),
);

it('whatever is written is read again', () => {
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const writer = new ProtobufWriter();
      const expected: Field[] = [];
      for (const { kind, number, value } of fields) {
        if (kind === 'integer') {
          writer.integer(number, value);
          expected.push({ number, value: BigInt.asUintN(64, BigInt(value)) });
        } else if (kind === 'float') {
          writer.float(number, value);
          expected.push({ number, value });
        } else if (kind === 'double') {
          writer.double(number, value);
          expected.push({ number, value });
        } else if (kind === 'text') {
          writer.text(number, value);
          expected.push({ number, value: new TextEncoder().encode(value) });
        } else {
          writer.packed(number, value);
          expected.push({ number, value: untagged(value) });
        }
      }
      expect(decodeMessage(writer.finish())).toEqual(expected);
    }),
  );
});

/** A packed list is its integers without their tags, which for field 1 are one byte each. */
function untagged(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [...new ProtobufWriter().integer(1, value).finish().subarray(1)]));
}

it('writes the bytes of the encoding guide', () => {
  const inner = new ProtobufWriter().integer(1, 150);
  expect([...inner.finish()]).toEqual([0x08, 0x96, 0x01]);
  expect([...new ProtobufWriter().text(2, 'testing').finish()]).toEqual([
    0x12,
    7,
    ...new TextEncoder().encode('testing'),
  ]);
  expect([...new ProtobufWriter().message(3, inner).finish()]).toEqual([0x1a, 3, 0x08, 0x96, 0x01]);
  expect([...new ProtobufWriter().packed(6, [3, 270, 86942]).finish()]).toEqual([0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
  expect([...new ProtobufWriter().packedDoubles(6, [1, -2]).finish()]).toEqual([
    ...[0x32, 16],
    ...[0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    ...[0, 0, 0, 0, 0, 0, 0, 0xc0],
  ]);
  expect([...new ProtobufWriter().integer(1, -1).finish()]).toEqual([8, ...new Array<number>(9).fill(0xff), 1]);
});
