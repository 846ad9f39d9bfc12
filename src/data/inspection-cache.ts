import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { datasetDescription } from '../shared/protocol/shared.ts';
import type { Inspection } from './inspection.ts';
import { keepFile } from './files/kept-file.ts';

/** Raised when an inspection changes its meaning: other scaling, other colours, other reasons. */
const VERSION = 5;

/** As bytes: there are millions of them in a large dataset, which as text would take a minute and a gigabyte. */
const numbers = z.base64().transform((text) => {
  const bytes = Buffer.from(text, 'base64');
  const values = new Float64Array(Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  bytes.copy(new Uint8Array(values.buffer), 0, 0, values.byteLength);
  return values;
});
const stored = z.object({
  version: z.literal(VERSION),
  shape: datasetDescription.shape.imageShape,
  bad: z.array(z.tuple([z.int().nonnegative(), z.string()])),
  sums: numbers,
  squares: numbers,
});

/** Inspections by the digest of the candidates and the image size asked for. Lost or spoilt, it only costs time. */
export class InspectionCache {
  readonly #folder: string;

  constructor(cacheDir: string) {
    this.#folder = join(cacheDir, 'datasets');
  }

  async load(key: string, samples: number): Promise<Inspection | null> {
    try {
      const { shape, bad, sums, squares } = stored.parse(JSON.parse(await readFile(this.#file(key), 'utf8')));
      if (sums.length !== samples * shape[2] || squares.length !== sums.length) return null;
      if (![sums, squares].every((values) => values.every((value) => value >= 0 && value < Infinity))) return null;
      return {
        shape,
        bad: new Map(bad),
        isWhole: true,
        sums: { sums, squares },
      };
    } catch {
      return null;
    }
  }

  async store(key: string, { shape, bad, sums }: Inspection): Promise<void> {
    const content = { version: VERSION, shape, bad: [...bad], sums: asText(sums.sums), squares: asText(sums.squares) };
    await keepFile(this.#file(key), JSON.stringify(content));
  }

  #file(key: string): string {
    return join(this.#folder, `${key}.json`);
  }
}

function asText({ buffer, byteOffset, byteLength }: Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
