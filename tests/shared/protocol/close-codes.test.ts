import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOSE_CODES, closeName, closeReason } from '../../../src/shared/protocol/close-codes.ts';

describe('close codes', () => {
  it('are all different, and either of WebSocket or in the range for applications', () => {
    const codes = Object.values(CLOSE_CODES);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect((code >= 1000 && code <= 1011) || (code >= 4000 && code <= 4999)).toBe(true);
  });

  it('are found by their number, unknown ones are not', () => {
    for (const [name, code] of Object.entries(CLOSE_CODES)) expect(closeName(code)).toBe(name);
    expect(closeName(4999)).toBeNull();
  });
});

describe('closeReason', () => {
  it('fits the 123 bytes of a close frame, and stays valid UTF-8 that starts as it did', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (sentence) => {
        const reason = closeReason(sentence);
        expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
        expect(reason).not.toContain('\ufffd');
        expect(sentence.startsWith(reason.endsWith('...') ? reason.slice(0, -3) : reason)).toBe(true);
      }),
    );
  });

  it('leaves a sentence that fits as it is, and takes as much of another as fits', () => {
    expect(closeReason('begin before ready')).toBe('begin before ready');
    expect(closeReason('x'.repeat(123))).toBe('x'.repeat(123));
    expect(closeReason('x'.repeat(124))).toBe(`${'x'.repeat(120)}...`);
    // Of two, three and four bytes, of which the 120th byte is in the middle.
    for (const [before, character] of [
      [119, '\u00e9'],
      [118, '\u20ac'],
      [117, '\u{1f600}'],
    ] as const) {
      for (let shift = 0; shift < Buffer.byteLength(character) - 1; shift++) {
        const begin = 'x'.repeat(before + shift);
        expect(closeReason(`${begin}${character.repeat(10)}`)).toBe(`${begin}...`);
      }
    }
  });
});
