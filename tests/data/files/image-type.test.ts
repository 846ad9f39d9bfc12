import { expect, test } from 'vitest';
import { endsEarly, imageType, rareJpeg } from '../../../src/data/files/image-type.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const PNG = '89504e470d0a1a0a';

test('the kind of a file is in its first bytes', () => {
  expect(imageType(hex('ff d8 ff e0'))).toBe('jpeg');
  expect(imageType(hex(PNG))).toBe('png');
  expect(imageType(hex('52494646 1a000000 57454250'))).toBe('webp');
  expect(imageType(hex('52494646 1a000000 57415645'))).toBeNull();
  expect(imageType(hex('474946383961'))).toBeNull();
  expect(imageType(hex(''))).toBeNull();
  expect(imageType(hex('ff d8'))).toBeNull();
});

test('a PNG ends with its IEND chunk', () => {
  const chunk = '00000002 49444154 aabb 00000000';
  const end = '00000000 49454e44 ae426082';
  expect(endsEarly('png', hex(PNG + chunk + end))).toBe(false);
  expect(endsEarly('png', hex(`${PNG}${chunk}${end} 1234`))).toBe(false);
  expect(endsEarly('png', hex(PNG + chunk))).toBe(true);
  expect(endsEarly('png', hex((PNG + chunk + end).slice(0, -2)))).toBe(true);
  expect(endsEarly('png', hex(`${PNG} ffffffff 49444154`))).toBe(true);
  expect(endsEarly('png', hex(PNG))).toBe(true);
});

test('a WebP says how long it is', () => {
  expect(endsEarly('webp', hex('52494646 04000000 57454250'))).toBe(false);
  expect(endsEarly('webp', hex('52494646 05000000 57454250'))).toBe(true);
});

test('a JPEG ends with its end marker, after segments and scans', () => {
  const segment = 'ff e0 0004 aabb';
  const scan = 'ff da 0003 01 12 ff00 34 ffd0 56';
  const whole = `ffd8 ${segment} ${scan} ff c4 0002 ${scan} ffd9`;
  expect(endsEarly('jpeg', hex(whole))).toBe(false);
  expect(endsEarly('jpeg', hex(`${whole} 1234`))).toBe(false);
  for (const cut of [1, 2, 4, 12, 14, 20, 24, 30])
    expect(endsEarly('jpeg', hex(whole).subarray(0, -cut)), `${cut}`).toBe(true);
  expect(endsEarly('jpeg', hex('ffd8 1234 5678'))).toBe(false);
});

test("a JPEG's frame header says what a decoder must know", () => {
  const frame = (marker: string, bits: string) => hex(`ffd8 ffe0 0004 ff c0 ff c4 0002 ff${marker} 0011 ${bits} 0030`);
  expect(rareJpeg(frame('c0', '08'))).toBeNull();
  expect(rareJpeg(frame('c2', '08'))).toBeNull();
  expect(rareJpeg(frame('c1', '0c'))).toEqual({ kind: '12-bit JPEG', mayDecode: false });
  expect(rareJpeg(frame('c3', '10'))).toEqual({ kind: '16-bit lossless JPEG', mayDecode: false });
  expect(rareJpeg(frame('c9', '08'))).toEqual({ kind: 'arithmetic-coded JPEG', mayDecode: true });
  expect(rareJpeg(frame('f7', '08'))).toEqual({ kind: 'JPEG-LS', mayDecode: false });
  expect(rareJpeg(hex('ffd8 ffe0'))).toBeNull();
  expect(rareJpeg(hex('ffd8 ffda 0003 01 ffc3 0011 08'))).toBeNull();
});
