import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isNeeded, thin } from '../../bench/gpu/thin.mjs';

const PTX = 1;
const MACHINE_CODE = 2;
interface Code {
  readonly kind: number;
  readonly capability: number;
  readonly fill: number;
  readonly bytes: number;
}
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradsocket thin '));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  [
    'code of the card itself',
    90,
    [
      [MACHINE_CODE, 80],
      [MACHINE_CODE, 90],
      [PTX, 90],
    ],
    [1],
  ],
  [
    'code of an older card of its generation',
    89,
    [
      [MACHINE_CODE, 80],
      [MACHINE_CODE, 86],
      [MACHINE_CODE, 90],
    ],
    [0, 1],
  ],
  [
    'the newest PTX that it can compile',
    100,
    [
      [MACHINE_CODE, 90],
      [PTX, 52],
      [PTX, 90],
      [PTX, 120],
    ],
    [2],
  ],
  [
    'what is of another kind',
    90,
    [
      [8, 50],
      [MACHINE_CODE, 90],
    ],
    [0, 1],
  ],
] as const)('keeps %s', (_, card, list, kept) => {
  const entries = list.map(([kind, capability]) => ({ kind, capability, offset: 0, size: 8 }));
  expect(entries.flatMap((entry, index) => (isNeeded(entry, entries, card) ? [index] : []))).toEqual(kept);
});

it('fills with zeros what the card does not run, and nothing else', async () => {
  const old = { kind: MACHINE_CODE, capability: 70, fill: 0x11, bytes: 24 };
  const own = { kind: MACHINE_CODE, capability: 90, fill: 0x22, bytes: 16 };
  const lookalike = Buffer.concat([container([]).subarray(0, 8), Buffer.alloc(8, 0xff)]);
  const file = (of: readonly Code[]): Buffer =>
    Buffer.concat([Buffer.alloc(40, 0x33), lookalike, container(of), container(of), Buffer.alloc(7, 0x33)]);
  const path = join(folder, 'library.so');
  await writeFile(path, file([old, own]));
  expect(await thin(path, 90)).toBe(48);
  expect(await readFile(path)).toEqual(file([{ ...old, fill: 0 }, own]));
});

function container(list: readonly Code[]): Buffer {
  const entries = list.map(({ kind, capability, fill, bytes }) => {
    const head = Buffer.alloc(64);
    head.writeUInt16LE(kind, 0);
    head.writeUInt32LE(64, 4);
    head.writeBigUInt64LE(BigInt(bytes), 8);
    head.writeUInt32LE(capability, 28);
    return Buffer.concat([head, Buffer.alloc(bytes, fill)]);
  });
  const body = Buffer.concat(entries);
  const head = Buffer.from([0x50, 0xed, 0x55, 0xba, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([head, body]);
}
