import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readSafetensors,
  type Tensor,
  type TensorType,
  writeSafetensors,
} from '../../../src/shared/checkpoint/safetensors.ts';
import { GradsocketError } from '../../../src/shared/errors.ts';

const elementBytes = { BOOL: 1, F16: 2, F32: 4, I32: 4, F64: 8 } satisfies Partial<Record<TensorType, number>>;

const tensors: fc.Arbitrary<Tensor[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__metadata__'),
      type: fc.constantFrom(...(Object.keys(elementBytes) as (keyof typeof elementBytes)[])),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
      fill: fc.nat(255),
    }),
    { maxLength: 6, selector: ({ name }) => name },
  )
  .map((list) =>
    list.map(({ name, type, shape, fill }) => ({
      name,
      type,
      shape,
      bytes: new Uint8Array(shape.reduce((product, n) => product * n, elementBytes[type])).fill(fill),
    })),
  );

const metadata = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 8 }), {
  noNullPrototype: true,
});

/** A file with this header and so many zero bytes of data. */
function fileWith(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const f32 = (offsets: unknown, shape: unknown = [2]) => ({ dtype: 'F32', shape, data_offsets: offsets });

describe('safetensors', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(tensors, metadata, (list, about) => {
        const read = readSafetensors(writeSafetensors(list, about), 'a.safetensors');
        expect(read.metadata).toEqual(about);
        expect(new Set(read.tensors.keys())).toEqual(new Set(list.map(({ name }) => name)));
        for (const tensor of list) expect(read.tensors.get(tensor.name)).toEqual(tensor);
      }),
    );
  });

  it('starts the data at a multiple of 64, so that views of every type can be made', () => {
    fc.assert(
      fc.property(tensors, metadata, (list, about) => {
        const file = writeSafetensors(list, about);
        expect(readSafetensors(file, 'a').data.byteOffset % 64).toBe(0);
      }),
    );
  });

  it('writes the bytes that the format prescribes', () => {
    const bytes = new Uint8Array(Float32Array.of(1, -2).buffer);
    const file = writeSafetensors([{ name: 'w', type: 'F32', shape: [2], bytes }], { a: 'b' });
    const header = '{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect(Buffer.from(file).toString('latin1')).toBe(
      `${String.fromCharCode(120)}\0\0\0\0\0\0\0${header.padEnd(120)}\0\0\x80\x3f\0\0\0\xc0`,
    );
  });

  it('names the file, and says what it wanted and got, wherever a file is cut', () => {
    const bytes = new Uint8Array(24);
    const whole = writeSafetensors([{ name: 'w', type: 'F32', shape: [6], bytes }], { a: 'b' });
    for (let length = 0; length < whole.length; length++) {
      expect(() => readSafetensors(whole.subarray(0, length), 'run/step-1.safetensors')).toThrow(
        expect.objectContaining({
          code: 'BAD_CHECKPOINT',
          exitCode: 65,
          message: expect.stringContaining('run/step-1') as unknown,
        }),
      );
    }
    expect(() => readSafetensors(whole.subarray(0, -5), 'f')).toThrow(
      `Checkpoint f cannot be used: it is cut short: it should have ${whole.length} bytes and has ${whole.length - 5}.`,
    );
  });

  it('refuses any bytes with a sentence, never with another error', () => {
    const whole = writeSafetensors([{ name: 'w', type: 'F32', shape: [2], bytes: new Uint8Array(8) }], { a: 'b' });
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const copy = whole.slice();
        for (const [at, value] of changes) copy[at] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        try {
          readSafetensors(bytes, 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(GradsocketError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a header of 2^60 bytes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 16, 123), 'does not start with the length'],
    ['no JSON', fileWith('{nonsense', 0), 'is not JSON'],
    ['a list for a header', fileWith([], 0), 'not a JSON object'],
    ['metadata that are no strings', fileWith({ __metadata__: { a: 1 } }, 0), 'metadata are not strings'],
    ['an unknown type', fileWith({ w: { ...f32([0, 8]), dtype: 'F128' } }, 8), "the entry of tensor 'w'"],
    ['a type named as a method of objects', fileWith({ w: { ...f32([0, 8]), dtype: 'toString' } }, 8), "tensor 'w'"],
    ['a negative length', fileWith({ w: f32([0, 8], [-2]) }, 8), "the entry of tensor 'w'"],
    ['a fraction', fileWith({ w: f32([0, 8], [0.5, 4]) }, 8), "the entry of tensor 'w'"],
    ['offsets backwards', fileWith({ w: f32([8, 0]) }, 8), "the entry of tensor 'w'"],
    [
      'a size that is not that of the shape',
      fileWith({ w: f32([0, 12]) }, 12),
      'has 12 bytes, but its shape [2] needs 8',
    ],
    [
      'two tensors in one place',
      fileWith({ a: f32([0, 8]), b: f32([4, 12]) }, 12),
      "'b' starts at byte 4 of the data, not at 8",
    ],
    ['a hole', fileWith({ a: f32([0, 8]), b: f32([12, 20]) }, 20), "'b' starts at byte 12 of the data, not at 8"],
    ['bytes that belong to no tensor', fileWith({ a: f32([0, 8]) }, 11), '3 bytes follow its last tensor'],
    ['a tensor beyond the end', fileWith({ a: f32([0, 8]) }, 7), 'it is cut short'],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => readSafetensors(bytes, 'f')).toThrow(sentence);
  });

  it('does not write two tensors of one name', () => {
    const tensor: Tensor = { name: 'w', type: 'U8', shape: [1], bytes: Uint8Array.of(1) };
    expect(() => writeSafetensors([tensor, tensor], {})).toThrow('Two tensors are named w');
  });
});
