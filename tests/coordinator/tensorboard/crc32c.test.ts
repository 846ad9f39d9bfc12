import { expect, it } from 'vitest';
import { crc32c } from '../../../src/coordinator/tensorboard/crc32c.ts';

it.each([
  ['nothing', new Uint8Array(0), 0],
  ['the digits 1 to 9', new TextEncoder().encode('123456789'), 0xe3069283],
  ['32 zeros (RFC 3720)', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones (RFC 3720)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31 (RFC 3720)', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
])('the checksum of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});
