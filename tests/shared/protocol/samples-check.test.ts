import { expect, it } from 'vitest';
import { crcOfSamples } from '../../../src/shared/protocol/samples-check.ts';

const frame = {
  id: 7,
  split: 'train',
  items: [
    { index: 3, label: 1, bytes: Uint8Array.of(0xff, 0xd8) },
    { index: 4, label: 0, bytes: Uint8Array.of(0x89) },
  ],
  last: true,
} as const;

it('is the CRC-32 of zlib over the fields and the bytes of each sample', () => {
  // python3 -c "import struct,zlib; print(zlib.crc32(struct.pack('<4I',7,0,1,2)+struct.pack('<3I',3,1,2)+b'\xff\xd8'+struct.pack('<3I',4,0,1)+b'\x89'))"
  expect(crcOfSamples(frame)).toBe(2_588_852_604);
});

it('is another one where anything that the frame says is another', () => {
  const [first, second] = frame.items;
  const others = [
    { ...frame, id: 6 },
    { ...frame, split: 'validation' } as const,
    { ...frame, last: false },
    { ...frame, items: [first] },
    { ...frame, items: [first, { ...second, index: 5 }] },
    { ...frame, items: [first, { ...second, label: 2 }] },
    { ...frame, items: [first, { ...second, bytes: Uint8Array.of(0x88) }] },
    {
      ...frame,
      items: [
        { ...first, bytes: Uint8Array.of(0xff) },
        { ...second, bytes: Uint8Array.of(0xd8, 0x89) },
      ],
    },
  ];
  const all = [frame, ...others].map(crcOfSamples);
  expect(new Set(all).size).toBe(all.length);
});
