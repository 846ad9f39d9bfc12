import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, GradsocketError } from '../errors.ts';
import type { Candidates } from './candidates.ts';
import { isCifarFile, openCifar } from './cifar.ts';
import { listFolder } from './folder.ts';
import { findIdxFiles, isIdxImages, openIdxFile } from './idx-files.ts';
import { findLabelledFiles, isImageName, someOf } from './labelled-files.ts';

/** The bundled dataset's name. A folder of that name is `./digits`. */
export const BUNDLED = 'digits';
/** The same distance from src/ and from dist/. */
const BUNDLED_FOLDER = fileURLToPath(new URL('../../../data/digits', import.meta.url));

const LAYOUTS =
  'a folder of images per class (or train/ and val/ with such folders), files named like cat.12.jpg, MNIST IDX files, or CIFAR-10 binary files';

/** Finds out which of the known layouts `data` is, and lists its samples. */
export async function findCandidates(data: string): Promise<Candidates> {
  const path = data === BUNDLED ? BUNDLED_FOLDER : data;
  const kind = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw notReadable(data, error);
  });
  try {
    return kind.isDirectory() ? await openFolder(path) : await openFile(path);
  } catch (error) {
    if (error instanceof GradsocketError) throw error;
    throw isErrno(error) ? notReadable(error.path ?? data, error) : error;
  }
}

async function openFile(path: string): Promise<Candidates> {
  const name = basename(path);
  if (isIdxImages(name)) return openIdxFile(path, (await listFolder(dirname(path))).files);
  if (isCifarFile(name)) return openCifar(dirname(path), [name], dirname(path));
  throw new GradsocketError(
    'DATA_LAYOUT',
    EXIT.badData,
    `${path} is a file of an unknown kind. --data takes \`digits\`, ${LAYOUTS}.`,
  );
}

async function openFolder(path: string): Promise<Candidates> {
  const listing = await listFolder(path);
  const { files, folders } = listing;
  if (files.length + folders.length === 0) {
    throw new GradsocketError('DATA_EMPTY', EXIT.badData, `${path} is empty. --data takes ${LAYOUTS}.`);
  }
  const kinds = [
    { name: 'MNIST IDX files', found: files.filter(isIdxImages) },
    { name: 'CIFAR-10 files', found: files.filter(isCifarFile) },
    { name: 'images', found: files.filter(isImageName) },
  ].filter(({ found }) => found.length > 0);
  if (kinds.length > 1) {
    const what = kinds.map(({ name, found }) => `${name} (${someOf(found)})`).join(' and ');
    throw new GradsocketError('DATA_LAYOUT', EXIT.badData, `${path} mixes ${what}. Keep one kind in the folder.`);
  }
  const kind = kinds[0]?.name;
  if (kind === 'MNIST IDX files') return findIdxFiles(path, files, path);
  if (kind === 'CIFAR-10 files') return openCifar(path, files, path);
  if (kind === undefined && folders.length === 0) {
    const labels = files.find((name) => /-labels[-.]idx1-ubyte/.test(name));
    throw new GradsocketError(
      'DATA_LAYOUT',
      EXIT.badData,
      `${path} holds no dataset that is known here, but ${someOf(files)}${labels ? ' (labels without their images)' : ''}. --data takes ${LAYOUTS}.`,
    );
  }
  return findLabelledFiles(path, listing);
}

function notReadable(path: string, error: NodeJS.ErrnoException): GradsocketError {
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  const why = missing ? 'does not exist' : `cannot be read (${error.code ?? error.message})`;
  const shown = missing && path === BUNDLED ? join('data', BUNDLED) : path;
  return new GradsocketError(
    missing ? 'DATA_NOT_FOUND' : 'DATA_UNREADABLE',
    EXIT.badData,
    `${shown} ${why}. Check --data: it takes \`digits\`, ${LAYOUTS}.`,
    { cause: error },
  );
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
