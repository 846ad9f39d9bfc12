import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EXIT, GradsocketError } from '../errors.ts';
import type { Candidates } from './candidates.ts';

/** CIFAR-10's binary version: records of one label byte and 32x32 pixels, all red, then all green, then all blue. */
const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;
const RECORD = 1 + PIXELS;
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

const TRAIN = /^data_batch_\d+\.bin$/;
const TEST = 'test_batch.bin';

export function isCifarFile(name: string): boolean {
  return TRAIN.test(name) || name === TEST;
}

export interface CifarRecords {
  readonly labels: Uint8Array;
  /** [n, 32, 32, 3], channels last as everywhere else here. */
  readonly pixels: Uint8Array;
}

export function parseCifar(bytes: Uint8Array, file: string): CifarRecords {
  const count = Math.floor(bytes.length / RECORD);
  if (count === 0 || bytes.length !== count * RECORD) {
    throw new GradsocketError(
      'CIFAR_LENGTH',
      EXIT.badData,
      `${file} has ${bytes.length} bytes, which is not a whole number of ${RECORD}-byte CIFAR-10 records: it is cut short or something else. Fetch the file again.`,
    );
  }
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  for (let record = 0; record < count; record++) {
    const start = record * RECORD;
    const label = bytes[start]!;
    if (label >= CLASSES.length) {
      throw new GradsocketError(
        'CIFAR_LABEL',
        EXIT.badData,
        `Record ${record} of ${file} has the label ${label}; CIFAR-10 has 0 to ${CLASSES.length - 1}. Use the binary version of CIFAR-10, and fetch the file again if it is.`,
      );
    }
    labels[record] = label;
    for (let channel = 0; channel < 3; channel++) {
      const from = start + 1 + channel * PLANE;
      const to = record * PIXELS + channel;
      for (let pixel = 0; pixel < PLANE; pixel++) pixels[to + 3 * pixel] = bytes[from + pixel]!;
    }
  }
  return { labels, pixels };
}

/** `data_batch_*.bin` are for training, `test_batch.bin`, if there, for validation. `names`: the files to take. */
export async function openCifar(folder: string, names: readonly string[], where: string): Promise<Candidates> {
  const train = names.filter((name) => TRAIN.test(name));
  const files = names.includes(TEST) && train.length > 0 ? [...train, TEST] : names.filter(isCifarFile);
  const parts: { name: string; records: CifarRecords }[] = [];
  for (const name of files) {
    parts.push({ name, records: parseCifar(await readFile(join(folder, name)), join(where, name)) });
  }
  const hasSplit = train.length > 0 && names.includes(TEST);
  const places = parts.flatMap((part) => Array.from(part.records.labels, (label, index) => ({ part, label, index })));
  return {
    name: basename(where),
    where,
    classes: CLASSES,
    samples: places.map(({ part, label }) => ({
      label,
      split: hasSplit ? (part.name === TEST ? 'validation' : 'train') : null,
    })),
    rawShape: [SIDE, SIDE, 3],
    notices: [],
    nameOf: (index) => `record ${places[index]!.index} of ${join(where, places[index]!.part.name)}`,
    read: async (index) => {
      const { part, index: record } = places[index]!;
      return part.records.pixels.subarray(record * PIXELS, (record + 1) * PIXELS);
    },
  };
}
