import { basename, dirname, join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { beginningOf, firstBytes } from '../archive/archive.ts';
import { isImageName } from '../files/image-file.ts';
import { unlessAway } from '../files/read-again.ts';
import type { Candidates } from '../samples/candidates.ts';
import { loadPairs, type Pair } from './idx-files.ts';

/**
 * IDX files whose names say nothing, or not in MNIST's words: `images.gz` and `labels.gz`, `x_train.idx` and `y_train.idx`.
 * What a file holds is in its first bytes; which of them belong together, and what for, in what is left of the names.
 */
interface Found {
  readonly file: string;
  readonly what: 'images' | 'labels';
  readonly role: Role;
}

type Role = 'train' | 'validation' | null;

/** Datasets are a few files; a folder of more is another kind. */
const MOST_FILES = 32;

/** Null: no images are among the files. */
export async function findIdxByContent(folder: string, names: readonly string[]): Promise<Candidates | null> {
  const found = await lookInto(folder, names);
  const images = found.filter(({ what }) => what === 'images');
  if (images.length === 0) return null;
  const training = images.filter(({ role }) => role !== 'validation');
  const validation = images.filter(({ role }) => role === 'validation');
  // One pair alone is split by seed, whatever it is called.
  const chosen = images.length === 1 ? images : [...training, ...validation];
  if (chosen.length > 2 || (chosen.length === 2 && (training.length !== 1 || validation.length !== 1))) {
    throw unclear(folder, found);
  }
  const pairs = chosen.map(({ role, file }): Pair => {
    const labels = labelsFor(role, found, images.length === 1);
    if (labels === null) throw unclear(folder, found);
    return { split: chosen.length > 1 && role === 'validation' ? 'validation' : 'train', images: file, labels };
  });
  return loadPairs(folder, pairs, names, folder);
}

/** The file that the user named, to be split by seed. Null: it is no IDX file. */
export async function openIdxByContent(path: string, names: readonly string[]): Promise<Candidates | null> {
  const [folder, file] = [dirname(path), basename(path)];
  const [own] = await lookInto(folder, [file]);
  if (own === undefined) return null;
  if (own.what === 'labels') {
    const sentence = `${path} holds the labels of an IDX dataset: pass the file of its images, or the folder of both.`;
    throw new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
  }
  const found = [own, ...(await lookInto(folder, names)).filter((other) => other.file !== file)];
  const labels = labelsFor(own.role, found, found.filter(({ what }) => what === 'images').length === 1);
  if (labels === null) throw unclear(folder, found);
  return loadPairs(folder, [{ split: 'train', images: file, labels }], names, path);
}

function labelsFor(role: Role, found: readonly Found[], isOnly: boolean): string | null {
  const all = found.filter(({ what }) => what === 'labels');
  const same = isOnly && all.length === 1 ? all : all.filter((labels) => labels.role === role);
  return same.length === 1 ? same[0]!.file : null;
}

async function lookInto(folder: string, names: readonly string[]): Promise<readonly Found[]> {
  const files = names.filter((name) => !isImageName(name));
  if (files.length > MOST_FILES) return [];
  const all = await Promise.all(
    files.map(async (file): Promise<Found | null> => {
      // What nobody may read is told by those who need it.
      const head = await firstBytes(join(folder, file)).catch(unlessAway(new Uint8Array()));
      const what = whatIn(head) ?? whatIn(beginningOf(head));
      return what === null ? null : { file, what, role: roleIn(file) };
    }),
  );
  return all.filter((each) => each !== null);
}

/** By the magic number: unsigned bytes, of three dimensions (four in colour) or of one. */
function whatIn([zero, none, type, rank]: Uint8Array): Found['what'] | null {
  if (zero !== 0 || none !== 0 || type !== 8) return null;
  if (rank === 3 || rank === 4) return 'images';
  return rank === 1 ? 'labels' : null;
}

function roleIn(file: string): Role {
  if (/train/i.test(file)) return 'train';
  return /t10k|test|val/i.test(file) ? 'validation' : null;
}

function unclear(folder: string, found: readonly Found[]): GradsocketError {
  const named = (of: Found['what']): string => {
    const files = found.filter(({ what }) => what === of).map(({ file }) => file);
    return files.length === 0 ? 'none' : files.join(', ');
  };
  return new GradsocketError(
    'DATA_LAYOUT',
    EXIT.badData,
    `${folder} holds IDX files, and which belong together is unclear: images are in ${named('images')}, labels in ${named('labels')}. Name those to train on train-images-idx3-ubyte and train-labels-idx1-ubyte, those to validate on t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte.`,
  );
}
