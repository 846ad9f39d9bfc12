import { basename, join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';
import { readFileAgain, unlessAway } from '../files/read-again.ts';
import { someOf } from '../files/some.ts';
import type { Candidates } from '../samples/candidates.ts';

/**
 * CIFAR's binary versions: records of labels and 32x32 pixels, all red, then all green, then all blue. CIFAR-10 has one
 * label byte, CIFAR-100 two: of the coarse class and of the fine one, which counts here.
 */
const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

interface Version {
  readonly name: string;
  readonly labelBytes: number;
  readonly classes: number;
  readonly train: RegExp;
  /** The training files of the whole dataset. */
  readonly batches: readonly string[];
  readonly test: string;
}

const CIFAR10: Version = {
  name: 'CIFAR-10',
  labelBytes: 1,
  classes: 10,
  train: /^data_batch_\d+\.bin$/,
  batches: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: 'test_batch.bin',
};
const CIFAR100: Version = {
  name: 'CIFAR-100',
  labelBytes: 2,
  classes: 100,
  train: /^train\.bin$/,
  batches: ['train.bin'],
  test: 'test.bin',
};
/** The names of CIFAR-100's classes, a line each, as it comes with them. */
const FINE_NAMES = 'fine_label_names.txt';

export function isCifarFile(name: string): boolean {
  return versionOf(name) !== null;
}

/** Whose file it is by its name: `CIFAR-10`. Null: nobody's. */
export function cifarName(file: string): string | null {
  return versionOf(file)?.name ?? null;
}

function versionOf(file: string): Version | null {
  return [CIFAR10, CIFAR100].find(({ train, test }) => train.test(file) || file === test) ?? null;
}

/** The versions for Python are programs as much as data: they are not opened, but called what they are. Null: there are none. */
export function pickledCifar(files: readonly string[], where: string): GradsocketError | null {
  const ten = files.includes('batches.meta') || files.includes('data_batch_1');
  if (!ten && !(files.includes('meta') && files.includes('train'))) return null;
  const name = ten ? 'CIFAR-10' : 'CIFAR-100';
  return new GradsocketError(
    'DATA_KIND',
    EXIT.badData,
    `${where} holds ${name}'s version for Python (pickles), which is not read here. Fetch its binary version (${name.toLowerCase()}-binary.tar.gz) and pass that.`,
  );
}

interface CifarRecords {
  readonly labels: Uint8Array;
  /** [n, 32, 32, 3], channels last as everywhere else here. */
  readonly pixels: Uint8Array;
}

function parseCifar(bytes: Uint8Array, file: string, version: Version = CIFAR10): CifarRecords {
  const { name, labelBytes, classes } = version;
  const recordBytes = labelBytes + PIXELS;
  const count = Math.floor(bytes.length / recordBytes);
  if (count === 0 || bytes.length !== count * recordBytes) {
    throw new GradsocketError(
      'CIFAR_LENGTH',
      EXIT.badData,
      `${file} has ${bytes.length} bytes, which is not a whole number of ${recordBytes}-byte ${name} records: it is cut short or something else. Fetch the file again.`,
    );
  }
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  for (let record = 0; record < count; record++) {
    const start = record * recordBytes;
    const label = bytes[start + labelBytes - 1]!;
    if (label >= classes) {
      throw new GradsocketError(
        'CIFAR_LABEL',
        EXIT.badData,
        `Record ${record} of ${file} has the label ${label}; ${name} has 0 to ${classes - 1}. Use the binary version of ${name}, and fetch the file again if it is.`,
      );
    }
    labels[record] = label;
    for (let channel = 0; channel < 3; channel++) {
      const from = start + labelBytes + channel * PLANE;
      const to = record * PIXELS + channel;
      for (let pixel = 0; pixel < PLANE; pixel++) pixels[to + 3 * pixel] = bytes[from + pixel]!;
    }
  }
  return { labels, pixels };
}

/**
 * `data_batch_*.bin` (`train.bin`) are for training, `test_batch.bin` (`test.bin`), if there, for validation. `names`: what
 * the folder holds, or the one file to take.
 */
export async function openCifar(folder: string, names: readonly string[], where: string): Promise<Candidates> {
  const version = names.flatMap((name) => versionOf(name) ?? [])[0] ?? CIFAR10;
  const train = names.filter((name) => version.train.test(name));
  const hasSplit = train.length > 0 && names.includes(version.test);
  const files = hasSplit ? [...train, version.test] : names.filter((name) => versionOf(name) === version);
  const parts: { name: string; records: CifarRecords }[] = [];
  for (const name of files) {
    parts.push({ name, records: parseCifar(await readFileAgain(join(folder, name)), join(where, name), version) });
  }
  const places = parts.flatMap((part) => Array.from(part.records.labels, (label, index) => ({ part, label, index })));
  return {
    name: basename(where),
    where,
    classes: version === CIFAR10 ? CLASSES : await fineNames(folder),
    samples: places.map(({ part, label }) => ({
      label,
      split: hasSplit ? (part.name === version.test ? 'validation' : 'train') : null,
    })),
    rawShape: [SIDE, SIDE, 3],
    notices: missingNotices(version, names, train, where),
    nameOf: (index) => `record ${places[index]!.index} of ${places[index]!.part.name}`,
    read: async (index) => {
      const { part, index: record } = places[index]!;
      return part.records.pixels.subarray(record * PIXELS, (record + 1) * PIXELS);
    },
  };
}

/** A download that stopped between two files leaves a dataset that looks whole. One file alone is what was asked for. */
function missingNotices(
  { name, batches, test }: Version,
  names: readonly string[],
  train: readonly string[],
  where: string,
): readonly string[] {
  if (train.length === 0) return [`${where} holds none of ${name}'s training files: ${test} is split and trained on.`];
  const missing = batches.filter((file) => !names.includes(file));
  if (names.length === 1 || missing.length === 0) return [];
  return [
    `${where} holds ${train.length} of the ${batches.length} training files of ${name}: ${someOf(missing)} ${missing.length === 1 ? 'is' : 'are'} missing.`,
  ];
}

async function fineNames(folder: string): Promise<readonly string[]> {
  const text = await readFileAgain(join(folder, FINE_NAMES)).then(textOfBytes, unlessAway(''));
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isWhole = names.length === CIFAR100.classes && new Set(names).size === names.length;
  return isWhole ? names : Array.from({ length: CIFAR100.classes }, (_, label) => String(label));
}
