import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { checkFrame } from '../../../src/shared/protocol/frame-check.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { ProtocolError } from '../../../src/shared/protocol/protocol-error.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const packr = new Packr({ useRecords: false, variableMapSize: true });

/** Values that msgpack can hold, with string keys in maps. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
  ),
})).value;

describe('checkFrame', () => {
  it('lets every msgpack value through that an encoder makes', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(() => checkFrame(packr.pack(value))).not.toThrow();
      }),
    );
  });

  it('refuses every frame that was cut, and every frame with something after it', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = packr.pack(value);
        for (let length = 0; length < bytes.length; length++) {
          expect(() => checkFrame(bytes.subarray(0, length))).toThrow(ProtocolError);
        }
        expect(() => checkFrame(Buffer.concat([bytes, Buffer.of(0)]))).toThrow('1 bytes follow its value');
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['an empty frame', '', 'ends after 0 bytes'],
    ['the byte that msgpack never uses', 'c1', 'byte 0 is 0xc1'],
    ['an extension of one byte', 'd4 01 00', 'byte 0 is 0xd4'],
    ['a timestamp', 'd6 ff 00 00 00 00', 'byte 0 is 0xd6'],
    ['an extension with a length', 'c7 00 01', 'byte 0 is 0xc7'],
    ['an array of four billion values', 'dd ff ff ff ff', 'announces more than was sent'],
    ['a map of four billion pairs', 'df ff ff ff ff', 'announces more than was sent'],
    ['a map of two pairs with room for less', '82 a1 61 00', 'announces more than was sent'],
    ['a string with room for less', 'a3 61 62', 'announces more than was sent'],
    ['a binary of 4 GiB', 'c6 ff ff ff ff 00', 'announces more than was sent'],
    ['a string of 4 GiB', 'db ff ff ff ff 61', 'announces more than was sent'],
    ['a map whose key is a number', '81 01 02', 'map key at byte 1 is not a string'],
    ['a map whose second key is an array', '82 a1 61 01 90 02', 'map key at byte 4 is not a string'],
    ['two values', '01 02', '1 bytes follow'],
    ['half a length', 'dc 00', 'in the middle of the length'],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(() => checkFrame(hex(bytes))).toThrow(sentence);
  });

  it.each(['a1', 'd9 01', 'da 00 01', 'db 00 00 00 01'])('lets keys of maps through that begin with %s', (head) => {
    expect(() => checkFrame(hex(`81 ${head} 61 00`))).not.toThrow();
  });

  it.each(['c4 01', 'c5 00 01', 'c6 00 00 00 01'])('refuses keys that are binary and begin with %s', (head) => {
    expect(() => checkFrame(hex(`81 ${head} 61 00`))).toThrow('is not a string');
  });

  /** From the table of msgpack: how many zeros make a value of the tag; null: none do. */
  function zerosAfter(tag: number): number | null {
    if (tag <= 0x7f || tag >= 0xe0) return 0;
    // Keys of maps have to be strings.
    if (tag <= 0x8f) return tag === 0x80 ? 0 : null;
    if (tag <= 0x9f) return tag - 0x90;
    if (tag <= 0xbf) return tag - 0xa0;
    const bytes: Readonly<Record<number, number>> = {
      ...{ 0xc0: 0, 0xc2: 0, 0xc3: 0, 0xc4: 1, 0xc5: 2, 0xc6: 4, 0xca: 4, 0xcb: 8 },
      ...{ 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 },
      ...{ 0xd9: 1, 0xda: 2, 0xdb: 4, 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4 },
    };
    return bytes[tag] ?? null;
  }

  it('takes as many bytes for each tag as msgpack has it', () => {
    const accepted = (frame: Uint8Array): boolean => {
      try {
        checkFrame(frame);
        return true;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return false;
      }
    };
    for (let tag = 0; tag < 256; tag++) {
      const taken: number[] = [];
      for (let zeros = 0; zeros <= 40; zeros++)
        if (accepted(Uint8Array.of(tag, ...new Uint8Array(zeros)))) taken.push(zeros);
      const zeros = zerosAfter(tag);
      expect(taken, `tag ${tag}`).toEqual(zeros === null ? [] : [zeros]);
    }
  });

  it.each([
    ['c4 03', 3, '00'],
    ['c5 0102', 258, '00'],
    ['c6 00000102', 258, '00'],
    ['d9 03', 3, '61'],
    ['da 0102', 258, '61'],
    ['db 00000102', 258, '61'],
    ['dc 0102', 258, 'c0'],
    ['dd 00000102', 258, 'c0'],
    ['de 0102', 258, 'a161 c0'],
    ['df 00000102', 258, 'a161 c0'],
  ])('reads the length behind %s as %i', (head, length, item) => {
    const frame = (items: number): Uint8Array => hex(head + item.repeat(items));
    expect(() => checkFrame(frame(length))).not.toThrow();
    expect(() => checkFrame(frame(length - 1))).toThrow(ProtocolError);
    expect(() => checkFrame(frame(length + 1))).toThrow('follow its value');
  });

  it('allows containers as deep as the limit and no deeper', () => {
    const nested = (levels: number) =>
      Uint8Array.from({ length: levels + 1 }, (_, level) => (level < levels ? 0x91 : 0xc0));
    expect(() => checkFrame(nested(LIMITS.nesting))).not.toThrow();
    expect(() => checkFrame(nested(LIMITS.nesting + 1))).toThrow(`nested deeper than ${LIMITS.nesting} levels`);
    // Beside one another they may be as many as there is room for; one that is empty takes no level.
    expect(() =>
      checkFrame(Uint8Array.of(0x92, ...nested(LIMITS.nesting - 1), ...nested(LIMITS.nesting - 1))),
    ).not.toThrow();
    for (const empty of [0x80, 0x90]) {
      expect(() => checkFrame(Uint8Array.of(...nested(LIMITS.nesting).subarray(0, -1), empty))).not.toThrow();
    }
    // Deep enough to overflow the stack of anything recursive.
    expect(() => checkFrame(new Uint8Array(1_000_000).fill(0x91))).toThrow('nested deeper');
  });

  it('allows as many values as the limit and no more', () => {
    const array = (items: number) => {
      const bytes = new Uint8Array(5 + items);
      bytes[0] = 0xdd;
      new DataView(bytes.buffer).setUint32(1, items);
      return bytes;
    };
    expect(() => checkFrame(array(LIMITS.valuesPerFrame - 1))).not.toThrow();
    expect(() => checkFrame(array(LIMITS.valuesPerFrame))).toThrow(`more than ${LIMITS.valuesPerFrame} values`);
  });

  it('counts keys as values, and what is inside of both', () => {
    // An array of a map of pairs: two of its own for what holds them.
    const map = (pairs: number, behind: readonly number[] = []) => {
      const bytes = new Uint8Array(6 + 2 * pairs + behind.length);
      bytes.set([0x91 + behind.length, 0xdf]);
      new DataView(bytes.buffer).setUint32(2, pairs);
      for (let pair = 0; pair < pairs; pair++) bytes[6 + 2 * pair] = 0xa0;
      bytes.set(behind, 6 + 2 * pairs);
      return bytes;
    };
    const pairs = (LIMITS.valuesPerFrame - 2) / 2;
    expect(() => checkFrame(map(pairs))).not.toThrow();
    expect(() => checkFrame(map(pairs, [0xc0]))).toThrow(`more than ${LIMITS.valuesPerFrame} values`);
  });
});
