import fc from 'fast-check';
import { unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { BULK_ALIGNMENT, bulkFrame, bulkHead } from '../../../src/shared/protocol/bulk.ts';
import { checkFrame } from '../../../src/shared/protocol/frame-check.ts';

const fields = fc.record({ step: fc.nat(), bucket: fc.nat(300), offset: fc.nat(2 ** 31) });

describe('bulkFrame', () => {
  it('is one msgpack value whose data start at a multiple of 64', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 300 }), (header, data) => {
        const frame = bulkFrame('chunk', header, data);
        expect(() => checkFrame(frame)).not.toThrow();
        const [type, read, padding, bytes] = unpack(frame) as [string, object, Uint8Array, Uint8Array];
        expect([type, read]).toEqual(['chunk', header]);
        expect(Uint8Array.from(bytes)).toEqual(data);
        expect(padding.every((byte) => byte === 0)).toBe(true);
        expect(frame.length - data.length).toBeGreaterThan(0);
        expect((frame.length - data.length) % BULK_ALIGNMENT).toBe(0);
      }),
    );
  });

  it('has a head of the size that was asked for, whatever the fields are', () => {
    fc.assert(
      fc.property(fields, fc.nat(2 ** 32 - 1), (header, length) => {
        expect(bulkHead('chunk', header, length, 128)).toHaveLength(128);
      }),
    );
  });

  it('refuses a head that does not fit rather than moving the data', () => {
    expect(() => bulkHead('chunk', { text: 'x'.repeat(64) }, 0, 64)).toThrow('does not fit 64 bytes');
    expect(() => bulkHead('chunk', {}, 0, 100)).toThrow('does not fit 100 bytes');
    expect(() => bulkHead('chunk', {}, 2 ** 32, 64)).toThrow('do not fit one frame');
  });

  it('is these bytes, with a map as short as can be', () => {
    const head = Buffer.from(bulkHead('up', { step: 3 }, 258)).toString('hex');
    expect(head).toBe(`94a2757081a47374657003c42e${'00'.repeat(46)}c600000102`);
  });

  it('fits exactly where its padding does, of 0 to 255 bytes', () => {
    const sizes = [64, 128, 192, 256, 320, 384, 448, 512];
    for (let length = 0; length <= 300; length++) {
      const header = { text: 'x'.repeat(length) };
      const usual = bulkHead('up', header, 0);
      const [, , { length: own }] = unpack(usual) as [string, object, Uint8Array];
      const used = usual.length - own;
      for (const size of sizes) {
        const fits = size >= used && size - used <= 255;
        if (fits) expect(bulkHead('up', header, 0, size)).toHaveLength(size);
        else expect(() => bulkHead('up', header, 0, size)).toThrow(`A head of ${used} bytes does not fit ${size}`);
      }
    }
  });
});
