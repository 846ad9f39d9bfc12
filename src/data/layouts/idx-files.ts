import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';
import { readFileAgain } from '../files/read-again.ts';
import { someOf } from '../files/some.ts';
import type { Candidates } from '../samples/candidates.ts';
import type { ImageShape } from '../samples/dataset.ts';
import { parseIdx } from './idx.ts';
import { plural } from '../../shared/plural.ts';

/**
 * `train-images-idx3-ubyte`, `t10k-images.idx3-ubyte.gz`, `emnist-letters-train-images-idx3-ubyte`, ... Whether a file is
 * packed is in its content: programs unpack and keep the name, or download and lose it.
 */
const NAME =
  /^(?<set>.*?)(?<role>train|t10k|test|val|validation)[-_.](?<what>images|labels)(?=.*(?:idx|ubyte|gz))(?:[-_.]idx[134])?(?:[-_.]ubyte)?(?:\.idx)?(?<packed>\.gz)?$/i;
const TRAIN = ['train'];
/** In the order of preference. */
const VALIDATION = ['t10k', 'test', 'validation', 'val'];
/** An unpacked file of this size would be as large as all of EMNIST several times over. */
const MAX_UNPACKED = 4 * 2 ** 30 - 1;

interface IdxName {
  readonly file: string;
  /** What several datasets in one folder differ by: `emnist-letters-`; '' in MNIST. */
  readonly set: string;
  readonly role: string;
  readonly what: string;
  readonly isPacked: boolean;
}

function idxName(file: string): IdxName | null {
  const { set, role, what, packed } = NAME.exec(file)?.groups ?? {};
  if (role === undefined || what === undefined) return null;
  return { file, set: set ?? '', role: role.toLowerCase(), what: what.toLowerCase(), isPacked: packed !== undefined };
}

export function isIdxImages(file: string): boolean {
  return idxName(file)?.what === 'images';
}

export function isIdxLabels(file: string): boolean {
  return idxName(file)?.what === 'labels';
}

export interface Pair {
  readonly split: Split;
  readonly images: string;
  readonly labels: string;
}

/** MNIST's files in `folder`: a training pair, and a validation pair if there is one. `names`: what the folder holds. */
export async function findIdxFiles(folder: string, names: readonly string[], where: string): Promise<Candidates> {
  const known = names.flatMap((name) => idxName(name) ?? []);
  const sets = [
    ...new Set(known.filter(({ what, role }) => what === 'images' && role === 'train').map(({ set }) => set)),
  ];
  if (sets.length > 1) throw severalSets(sets, known, where);
  const set = sets[0] ?? known.find(({ what }) => what === 'images')!.set;
  const candidates = await loadSet(folder, set, names, where);
  const others = known.filter((name) => name.what === 'images' && name.set !== set).map(({ file }) => file);
  if (others.length === 0) return candidates;
  const notice = `${someOf(others)} in ${where} ${others.length === 1 ? 'is' : 'are'} not used: of the same dataset are files whose names begin with ${set === '' ? 'train- or t10k-' : set}.`;
  return { ...candidates, notices: [...candidates.notices, notice] };
}

async function loadSet(folder: string, set: string, names: readonly string[], where: string): Promise<Candidates> {
  const train = pick(names, set, TRAIN, where);
  const validation = pick(names, set, VALIDATION, where);
  if (train === null) {
    throw new GradsocketError(
      'IDX_NO_TRAINING',
      EXIT.badData,
      `${where} holds ${validation?.file} but no training images. Add ${set}train-images-idx3-ubyte and ${set}train-labels-idx1-ubyte.`,
    );
  }
  const pairs = [pairOf('train', train, names, where)];
  if (validation !== null) pairs.push(pairOf('validation', validation, names, where));
  return loadPairs(folder, pairs, names, where);
}

/** EMNIST comes as six datasets in one folder: which of them is meant is for the user to say. */
function severalSets(sets: readonly string[], known: readonly IdxName[], where: string): GradsocketError {
  const files = sets.map(
    (set) => known.find((name) => name.set === set && name.role === 'train' && name.what === 'images')!,
  );
  const choices = files.map(({ file }) => join(where, file));
  return new GradsocketError(
    'DATA_LAYOUT',
    EXIT.badData,
    `${where} holds ${sets.length} datasets. Pass the training images of one, the rest of it is found: ${choices.join(', ')}.`,
  );
}

/** The same file both unpacked and as .gz is one; two different ones are a question. */
function pick(names: readonly string[], set: string, roles: readonly string[], where: string): IdxName | null {
  const found = names
    .flatMap((name) => idxName(name) ?? [])
    .filter((name) => name.what === 'images' && name.set === set && roles.includes(name.role));
  const single = found.filter(
    ({ isPacked, role }) => !isPacked || !found.some((other) => !other.isPacked && other.role === role),
  );
  if (single.length > 1) {
    throw new GradsocketError(
      'DATA_LAYOUT',
      EXIT.badData,
      `${where} holds several IDX image files for one split: ${single.map(({ file }) => file).join(', ')}. Leave one, or pass the path of the file.`,
    );
  }
  return single[0] ?? null;
}

function pairOf(split: Split, images: IdxName, names: readonly string[], where: string): Pair {
  const { set, role, file } = images;
  const labels = names
    .flatMap((name) => idxName(name) ?? [])
    .filter((name) => name.what === 'labels' && name.set === set && name.role === role)
    .toSorted((a, b) => Number(a.isPacked) - Number(b.isPacked));
  if (labels[0] !== undefined) return { split, images: file, labels: labels[0].file };
  const wanted = file
    .replace(/images/i, 'labels')
    .replace(/idx[34]/i, 'idx1')
    .replace(/\.gz$/i, '');
  throw new GradsocketError('IDX_NO_LABELS', EXIT.badData, `${where} holds ${file} but not its labels. Add ${wanted}.`);
}

/**
 * One images file that the user named. Of several datasets in a folder it chooses one, with its validation pair; alone it
 * is split by seed.
 */
export async function openIdxFile(path: string, names: readonly string[]): Promise<Candidates> {
  const folder = dirname(path);
  const images = idxName(basename(path))!;
  if (images.set !== '' && images.role === 'train') {
    const others = names.filter((name) => {
      const other = idxName(name);
      return other?.set !== images.set || other.what === 'labels' || other.role !== 'train';
    });
    return loadSet(folder, images.set, [...others, images.file], path);
  }
  return loadPairs(folder, [pairOf('train', images, names, folder)], names, path);
}

export async function loadPairs(
  folder: string,
  pairs: readonly Pair[],
  names: readonly string[],
  where: string,
): Promise<Candidates> {
  const parts = await Promise.all(
    pairs.map(async (pair) => {
      const images = parseIdx(await readMaybePacked(join(folder, pair.images)), join(where, pair.images), [3, 4]);
      const labels = parseIdx(await readMaybePacked(join(folder, pair.labels)), join(where, pair.labels), [1]);
      const shape = shapeOf(images.shape, join(where, pair.images));
      if (isEmnist(pair.images)) turnUpright(images.values, shape);
      return { ...pair, shape, images, labels: labels.values };
    }),
  );
  for (const [index, { images, labels }] of parts.entries()) {
    const count = images.shape[0] ?? 0;
    const pair = pairs[index]!;
    if (count === 0) {
      const sentence = `${join(where, pair.images)} holds no images. Fetch it again, or pass another dataset.`;
      throw new GradsocketError('DATA_EMPTY', EXIT.badData, sentence);
    }
    if (count === labels.length) continue;
    throw new GradsocketError(
      'IDX_COUNTS',
      EXIT.badData,
      `${join(where, pair.images)} has ${plural(count, 'image')} but ${pair.labels} has ${plural(labels.length, 'label')}. They do not belong together: fetch both again.`,
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
    classes: await classNames(folder, pairs[0]!.images, names, classes),
    // With one pair there is no split yet.
    samples: places.map(({ label, split }) => ({ label, split: parts.length > 1 ? split : null })),
    rawShape: shape,
    notices: [],
    nameOf: (index) => `image ${places[index]!.index} of ${pairs[parts.indexOf(places[index]!.part)]!.images}`,
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

function isEmnist(file: string): boolean {
  return /^emnist-/i.test(file);
}

/** EMNIST's files hold every image with its rows for columns, as MATLAB wrote them. */
function turnUpright(pixels: Uint8Array, [height, width, channels]: ImageShape): void {
  if (height !== width || channels !== 1) return;
  for (let start = 0; start < pixels.length; start += height * width) {
    for (let y = 1; y < height; y++) {
      for (let x = 0; x < y; x++) {
        const [here, there] = [start + y * width + x, start + x * width + y];
        const kept = pixels[here]!;
        pixels[here] = pixels[there]!;
        pixels[there] = kept;
      }
    }
  }
}

/** By EMNIST's own mapping where it lies beside the images: a label and the characters that it stands for, as codes. */
async function classNames(
  folder: string,
  images: string,
  names: readonly string[],
  classes: readonly number[],
): Promise<readonly string[]> {
  const numbers = classes.map(String);
  const mapping = `${idxName(images)?.set ?? ''}mapping.txt`;
  if (!isEmnist(images) || !names.includes(mapping)) return numbers;
  const lines = textOfBytes(await readFileAgain(join(folder, mapping)))
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const characters = new Map(lines.map(([label, ...codes]) => [label, String.fromCharCode(...codes)]));
  const named = classes.map((label) => characters.get(label) ?? '');
  const isWhole = named.every((name) => /^[!-~]+$/.test(name)) && new Set(named).size === named.length;
  return isWhole ? named : numbers;
}

/** gzip's own first bytes. */
const GZIP = [0x1f, 0x8b] as const;

async function readMaybePacked(path: string): Promise<Uint8Array> {
  const bytes = await readFileAgain(path);
  if (bytes[0] !== GZIP[0] || bytes[1] !== GZIP[1]) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GradsocketError('IDX_GZIP', EXIT.badData, `${path} cannot be unpacked: ${why}. Fetch the file again.`, {
      cause: error,
    });
  }
}
