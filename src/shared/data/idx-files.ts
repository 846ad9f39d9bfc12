import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { EXIT, GradsocketError } from '../errors.ts';
import type { Split } from '../protocol/shared.ts';
import type { Candidates } from './candidates.ts';
import type { ImageShape } from './dataset.ts';
import { parseIdx } from './idx.ts';

/** `train-images-idx3-ubyte`, `t10k-images.idx3-ubyte.gz`, `emnist-letters-train-images-idx3-ubyte`, ... */
const IMAGES = /^(.*?)(train|t10k|test|val|validation)-images[-.]idx([34])-ubyte(\.gz)?$/;
/** An unpacked file of this size would be as large as all of EMNIST several times over. */
const MAX_UNPACKED = 4 * 2 ** 30 - 1;

export function isIdxImages(file: string): boolean {
  return IMAGES.test(file);
}

interface Pair {
  readonly split: Split;
  readonly images: string;
  readonly labels: string;
}

/** MNIST's files in `folder`: a training pair, and a validation pair if there is one. `names`: what the folder holds. */
export async function findIdxFiles(folder: string, names: readonly string[], where: string): Promise<Candidates> {
  const train = pick(names, ['train'], where);
  const validation = pick(names, ['t10k', 'test', 'validation', 'val'], where);
  if (train === null) {
    throw new GradsocketError(
      'IDX_NO_TRAINING',
      EXIT.badData,
      `${where} holds ${validation} but no training images. Add train-images-idx3-ubyte and train-labels-idx1-ubyte.`,
    );
  }
  const pairs: Pair[] = [{ split: 'train', images: train, labels: labelsFor(train, names, where) }];
  if (validation !== null) {
    pairs.push({ split: 'validation', images: validation, labels: labelsFor(validation, names, where) });
  }
  return load(folder, pairs, where);
}

/** The same pair both unpacked and as .gz is one pair; two different ones are a question. */
function pick(names: readonly string[], roles: readonly string[], where: string): string | null {
  const found = names.filter((name) => roles.includes(IMAGES.exec(name)?.[2] ?? ''));
  const plain = found.filter((name) => !name.endsWith('.gz') || !found.includes(name.slice(0, -3)));
  if (plain.length > 1) {
    throw new GradsocketError(
      'DATA_LAYOUT',
      EXIT.badData,
      `${where} holds several IDX image files for one split: ${plain.join(', ')}. Leave one, or pass the path of the file.`,
    );
  }
  return plain[0] ?? null;
}

function labelsFor(images: string, names: readonly string[], where: string): string {
  const stem = images.replace(/-images[-.]idx[34]-ubyte(?:\.gz)?$/, '');
  const wanted = ['-', '.'].flatMap((mark) => ['', '.gz'].map((packed) => `${stem}-labels${mark}idx1-ubyte${packed}`));
  const found = wanted.find((name) => names.includes(name));
  if (found !== undefined) return found;
  throw new GradsocketError(
    'IDX_NO_LABELS',
    EXIT.badData,
    `${where} holds ${images} but not its labels. Add ${wanted[0]}.`,
  );
}

/** One images file that the user named, split by seed. */
export async function openIdxFile(path: string, names: readonly string[]): Promise<Candidates> {
  const folder = dirname(path);
  const images = basename(path);
  return load(folder, [{ split: 'train', images, labels: labelsFor(images, names, folder) }], path);
}

async function load(folder: string, pairs: readonly Pair[], where: string): Promise<Candidates> {
  const parts = await Promise.all(
    pairs.map(async (pair) => {
      const images = parseIdx(await readMaybePacked(join(folder, pair.images)), join(where, pair.images), [3, 4]);
      const labels = parseIdx(await readMaybePacked(join(folder, pair.labels)), join(where, pair.labels), [1]);
      return { ...pair, shape: shapeOf(images.shape, join(where, pair.images)), images, labels: labels.values };
    }),
  );
  for (const [index, { images, labels }] of parts.entries()) {
    const count = images.shape[0] ?? 0;
    if (count === labels.length) continue;
    const pair = pairs[index]!;
    throw new GradsocketError(
      'IDX_COUNTS',
      EXIT.badData,
      `${join(where, pair.images)} has ${count} images but ${pair.labels} has ${labels.length} labels. They do not belong together: fetch both again.`,
    );
  }
  const shape = parts[0]!.shape;
  const other = parts.find((candidate) => candidate.shape.join() !== shape.join());
  if (other !== undefined) {
    throw new GradsocketError(
      'IDX_SHAPES',
      EXIT.badData,
      `The training images of ${where} have the shape ${shape.join('x')}, those for validation ${other.shape.join('x')}. They do not belong together.`,
    );
  }

  // Labels need not start at 0 (EMNIST's letters do not): classes are the values that occur in training.
  const values = [...new Set(parts.filter(({ split }) => split === 'train').flatMap(({ labels }) => [...labels]))];
  const classes = values.toSorted((a, b) => a - b);
  const stranger = parts.flatMap(({ labels }) => [...labels]).find((label) => !classes.includes(label));
  if (stranger !== undefined) {
    throw new GradsocketError(
      'CLASS_NOT_IN_TRAINING',
      EXIT.badData,
      `The validation labels of ${where} contain class ${stranger}, which the training labels do not. Only classes that are trained can be evaluated.`,
    );
  }

  const size = shape.reduce((product, n) => product * n, 1);
  const places = parts.flatMap((each) =>
    Array.from(each.labels, (label, index) => ({
      label: classes.indexOf(label),
      split: each.split,
      part: each,
      index,
    })),
  );
  return {
    name: basename(where),
    where,
    classes: classes.map(String),
    // With one pair there is no split yet.
    samples: places.map(({ label, split }) => ({ label, split: parts.length > 1 ? split : null })),
    rawShape: shape,
    notices: [],
    nameOf: (index) =>
      `image ${places[index]!.index} of ${join(where, pairs[parts.indexOf(places[index]!.part)]!.images)}`,
    read: async (index) => {
      const place = places[index]!;
      return place.part.images.values.subarray(place.index * size, (place.index + 1) * size);
    },
  };
}

function shapeOf([, height = 0, width = 0, channels = 1]: readonly number[], file: string): ImageShape {
  if (height > 0 && width > 0 && (channels === 1 || channels === 3)) return [height, width, channels];
  throw new GradsocketError(
    'IDX_SHAPE',
    EXIT.badData,
    `${file} holds images of the shape ${height}x${width}x${channels}. Images need pixels and 1 or 3 channels.`,
  );
}

async function readMaybePacked(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (!path.endsWith('.gz')) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GradsocketError('IDX_GZIP', EXIT.badData, `${path} cannot be unpacked: ${why}. Fetch the file again.`, {
      cause: error,
    });
  }
}
