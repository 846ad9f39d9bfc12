import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { DatasetOptions } from '../../src/data/samples/dataset.ts';

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gradsocket data '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files into a new folder; a name that ends in `/` is an empty folder. */
export async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = await temporaryFolder();
  // At once: a queue takes several times as long for so small files.
  const folders = new Set(Object.keys(files).map((name) => (name.endsWith('/') ? name : dirname(name))));
  for (const name of folders) mkdirSync(join(folder, name), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (!name.endsWith('/')) writeFileSync(join(folder, name), content);
  }
  return folder;
}

export async function optionsFor(data: string, more: Partial<DatasetOptions> = {}): Promise<DatasetOptions> {
  const cacheDir = await temporaryFolder();
  return { data, imageSize: null, validationSplit: 0.25, badImages: 'fail', seed: 1, cacheDir, ...more };
}

/** Pixels that differ for each number, and are not flat. */
export function pixels(size: number, number: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (number * 37 + i * ((number % 5) + 3)) % 256);
}

export interface ImageKind {
  readonly width?: number;
  readonly height?: number;
  readonly channels?: 1 | 3;
  readonly format?: 'png' | 'jpeg' | 'webp';
}

/** By number and kind: to encode one takes longer than most of what tests do with it. */
const encoded = new Map<string, Promise<Buffer>>();

/** The same memory each time, which nobody writes to. */
export function image(number: number, kind: ImageKind = {}): Promise<Buffer> {
  const key = JSON.stringify([number, kind.width, kind.height, kind.channels, kind.format]);
  let bytes = encoded.get(key);
  if (bytes === undefined) {
    bytes = encode(number, kind);
    encoded.set(key, bytes);
  }
  return bytes;
}

async function encode(number: number, kind: ImageKind): Promise<Buffer> {
  const { width = 8, height = 8, channels = 3, format = 'png' } = kind;
  const raw = pixels(width * height * channels, number);
  const colours = channels === 1 ? 'b-w' : 'srgb';
  return sharp(raw, { raw: { width, height, channels } }).toColourspace(colours).toFormat(format).toBuffer();
}

/** `count` images in each of the named folders. */
export async function imagesIn(
  folders: readonly string[],
  count: number,
  kind: ImageKind = {},
): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  let number = 0;
  for (const folder of folders) {
    for (let i = 0; i < count; i++) files[`${folder}/${i}.${kind.format ?? 'png'}`] = await image(number++, kind);
  }
  return files;
}

export function idxFile(shape: readonly number[], values: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 0x08;
  head[3] = shape.length;
  shape.forEach((n, axis) => head.writeUInt32BE(n, 4 + 4 * axis));
  return Buffer.concat([head, values]);
}

export interface IdxOptions {
  readonly count?: number;
  readonly classes?: number;
  readonly first?: number;
  readonly side?: number;
}

/** A pair of IDX files: labels go round through the classes from `first` on. */
export function idxPair(prefix: string, options: IdxOptions = {}): Record<string, Uint8Array> {
  const { count = 12, classes = 3, first = 0, side = 4 } = options;
  return {
    [`${prefix}-images-idx3-ubyte`]: idxFile([count, side, side], pixels(count * side * side, 1)),
    [`${prefix}-labels-idx1-ubyte`]: idxFile(
      [count],
      Uint8Array.from({ length: count }, (_, i) => first + (i % classes)),
    ),
  };
}

/** Records of CIFAR-10's binary version, with labels 0 to 9 in turn. */
export function cifarFile(records: number): Uint8Array {
  return Buffer.concat(
    Array.from({ length: records }, (_, i) => Buffer.concat([Buffer.from([i % 10]), pixels(3072, i)])),
  );
}
