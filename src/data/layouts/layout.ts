import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whyDenied } from '../../shared/denied.ts';
import { shellWord } from '../../shared/shell-word.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import { pathAdvice } from '../../shared/path-advice.ts';
import { ADDRESS, BUNDLED } from './bundled.ts';
import {
  archiveIn,
  errorAsGiven,
  firstBytes,
  namedAsGiven,
  onlyFolder,
  PACKED_NAME,
  unpackOnce,
} from '../archive/archive.ts';
import type { Candidates } from '../samples/candidates.ts';
import { cifarName, isCifarFile, openCifar, pickledCifar } from './cifar.ts';
import { describedElsewhere } from './described-elsewhere.ts';
import type { DatasetProgress } from '../samples/dataset.ts';
import { foreignKind } from './foreign-kind.ts';
import { listFolder } from '../files/folder.ts';
import { findIdxByContent, openIdxByContent } from './idx-content.ts';
import { findIdxFiles, isIdxImages, isIdxLabels, openIdxFile } from './idx-files.ts';
import { isImageName } from '../files/image-file.ts';
import { emptyClass, labelledFiles, refuseLostFolders } from './labelled-files.ts';
import { leftOutNotices, looseNotice } from './left-out.ts';
import { readingOf } from './reading.ts';
import { readAgain } from '../files/read-again.ts';
import { oddKind } from '../files/regular-file.ts';
import { someOf } from '../files/some.ts';
import { arePieces, tabledReading } from './tabled.ts';
import { tabledAbove } from './tabled-above.ts';
import { tabledParts } from './tabled-part.ts';
import { imagesBelow, scan, type Tree } from '../files/tree.ts';
import { datasetsBelow, hasClasses } from './tree-looks.ts';

/** The same distance from src/ and from dist/. */
const BUNDLED_FOLDER = fileURLToPath(new URL('../../../data/digits', import.meta.url));

const LAYOUTS =
  'a folder of images per class (or train/ and val/ with such folders), files named like cat.12.jpg or cat_12.jpg, images beside a CSV table of file,label, MNIST IDX files, CIFAR binary files, or a .zip or .tar of these';

/**
 * Finds out which of the known layouts `data` is, and lists its samples. Archives are unpacked into `cacheDir`;
 * `pets.zip/cats` is a folder inside of one.
 */
export async function findCandidates(
  data: string,
  cacheDir: string,
  onProgress: (progress: DatasetProgress) => void = () => undefined,
): Promise<Candidates> {
  const path = data === BUNDLED ? BUNDLED_FOLDER : data;
  if (ADDRESS.test(path)) throw isAddress(path);
  const found = await archiveIn(path);
  if (found === null) return openPath(data, path);
  const unpacked = await unpackOnce(found.archive, found.packing, cacheDir, onProgress);
  try {
    const inside = found.inside === '' ? await onlyFolder(unpacked.folder) : join(unpacked.folder, found.inside);
    return namedAsGiven(await openPath(inside, inside), unpacked);
  } catch (error) {
    throw errorAsGiven(error, unpacked);
  }
}

function isAddress(address: string): GradsocketError {
  const sentence = `${address} is an address, and --data takes what is on this machine: download it, and pass the folder or the archive.`;
  return new GradsocketError('DATA_ADDRESS', EXIT.badData, sentence);
}

async function openPath(data: string, path: string): Promise<Candidates> {
  const kind = await readAgain(data, () => stat(path)).catch((error: NodeJS.ErrnoException) => {
    throw error instanceof GradsocketError ? error : notReadable(data, error);
  });
  try {
    if (kind.isDirectory()) return await openFolder(path);
    if (kind.isFile()) return await openFile(path);
    throw new GradsocketError(
      'DATA_UNREADABLE',
      EXIT.badData,
      `${data} cannot be read: ${oddKind(kind)}. --data takes \`digits\`, ${LAYOUTS}.`,
    );
  } catch (error) {
    if (error instanceof GradsocketError) throw error;
    throw isErrno(error) ? notReadable(error.path ?? data, error) : error;
  }
}

async function openFile(path: string): Promise<Candidates> {
  const name = basename(path);
  if (isIdxImages(name)) return openIdxFile(path, (await listFolder(dirname(path))).files);
  if (isCifarFile(name)) return openCifar(dirname(path), [name], dirname(path));
  const idx = await openIdxByContent(path, (await listFolder(dirname(path))).files);
  if (idx !== null) return idx;
  const head = await firstBytes(path);
  const kind = foreignKind(name, head);
  if (kind !== null) throw new GradsocketError('DATA_KIND', EXIT.badData, `${path} is ${kind}.`);
  if (head.length === 0) throw new GradsocketError('DATA_EMPTY', EXIT.badData, `${path} is empty. Fetch it again.`);
  throw new GradsocketError(
    'DATA_LAYOUT',
    EXIT.badData,
    `${path} is a file of an unknown kind. --data takes \`digits\`, ${LAYOUTS}.`,
  );
}

const IDX = 'MNIST IDX files';

async function openFolder(path: string, depth = 0): Promise<Candidates> {
  const listing = await listFolder(path);
  const { files, folders, odd } = listing;
  if (files.length + folders.length + odd.size === 0) {
    throw new GradsocketError('DATA_EMPTY', EXIT.badData, `${path} is empty. --data takes ${LAYOUTS}.`);
  }
  const kinds = [
    { name: IDX, found: files.filter(isIdxImages) },
    ...['CIFAR-10', 'CIFAR-100'].map((version) => ({
      name: `${version} files`,
      found: files.filter((name) => cifarName(name) === version),
    })),
  ].filter(({ found }) => found.length > 0);
  if (kinds.length > 1) {
    const what = kinds.map(({ name, found }) => `${name} (${someOf(found)})`).join(' and ');
    throw new GradsocketError('DATA_LAYOUT', EXIT.badData, `${path} mixes ${what}. Keep one kind in the folder.`);
  }
  const kind = kinds[0]?.name;
  const pickled = folders.length === 0 ? pickledCifar(files, path) : null;
  if (pickled !== null) throw pickled;
  const unnamed = kind === undefined && folders.length === 0 ? await findIdxByContent(path, files) : null;
  if (unnamed !== null) return unnamed;
  if (kind === undefined) return openImages(path, depth);
  const candidates = kind === IDX ? await findIdxFiles(path, files, path) : await openCifar(path, files, path);
  const notices = [...candidates.notices];
  // A preview of it, say.
  const images = files.filter(isImageName);
  if (images.length > 0) notices.push(looseNotice(images, path, `the ${kind}`));
  if (folders.length > 0) notices.push(...leftOutNotices(await scan(path), path));
  return { ...candidates, notices };
}

/** How far down a dataset is looked for where nothing lies beside it. */
const DEEPEST = 8;

async function openImages(path: string, depth: number): Promise<Candidates> {
  const tree = await scan(path);
  if (tree.own !== null || tree.runs.length > 0) refuseOwn(tree, path);
  refuseLostFolders(tree, path);
  const isSorted = hasClasses(tree);
  const tabled = isSorted && !arePieces(tree) ? null : await tabledReading(tree, path);
  if (tabled !== null) return labelledFiles(path, tabled);
  const described = describedElsewhere(tree, isSorted);
  if (described !== null) throw new GradsocketError('DATA_LAYOUT', EXIT.badData, `${path} ${described}`);
  const above = isSorted ? null : await tabledAbove(tree, path);
  if (above !== null) return labelledFiles(path, above);
  const reading = readingOf(tree, path, isSorted ? await tabledParts(tree, path) : new Map());
  if (reading.kind === 'read') return labelledFiles(path, reading);
  const deeper = reading.kind === 'deeper' ? reading.folder : tree.folders.length === 1 ? tree.folders[0]!.name : null;
  if (deeper !== null && depth < DEEPEST) {
    const below = join(path, deeper);
    const candidates = await openFolder(below, depth + 1);
    const notice = `${below}/ is what is read: nothing else in ${path} is data.`;
    const beside = reading.kind === 'deeper' ? reading.notices : [];
    return { ...candidates, notices: [notice, ...beside, ...candidates.notices] };
  }
  throw noDataset(tree, path);
}

function refuseOwn(tree: Tree, path: string): void {
  const more = tree.own === null ? tree.folders.length + tree.images.length : tree.folders.length && imagesBelow(tree);
  if (more > 0) return;
  const what =
    tree.own === null
      ? `holds what gradsocket wrote (${someOf(tree.runs)})`
      : `is the folder of ${tree.own === 'export' ? 'an export' : `a ${tree.own}`}`;
  const advice =
    tree.own === 'run'
      ? `\`gradsocket eval ${shellWord(path)}\` measures its model, \`gradsocket launch --resume --run-dir ${shellWord(path)}\` continues it.`
      : 'Pass the folder that the runs were trained on.';
  throw new GradsocketError('DATA_LAYOUT', EXIT.badData, `${path} ${what}, not data. ${advice}`);
}

function noDataset(tree: Tree, path: string): GradsocketError {
  const raw = datasetsBelow(tree, path);
  const what =
    raw.length > 0
      ? `no images, but ${raw.length === 1 ? 'a dataset' : 'datasets'} further down. Pass the path of ${raw.length === 1 ? raw[0] : `one of them: ${someOf(raw)}`}.`
      : null;
  const packed = tree.others.filter((name) => PACKED_NAME.test(name));
  if (what === null && packed[0] !== undefined) {
    const sentence = `${path} holds no images, but archives (${someOf(packed)}). Pass one of them, such as ${join(path, packed[0])}, or unpack them.`;
    return new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
  }
  const [empty] = tree.folders;
  if (what === null && empty !== undefined) return emptyClass(empty.name, join(path, empty.name));
  const labels = tree.others.find(isIdxLabels);
  const found =
    tree.others.length === 0 ? '' : `, but ${someOf(tree.others)}${labels ? ' (labels without their images)' : ''}`;
  return new GradsocketError(
    'DATA_LAYOUT',
    EXIT.badData,
    `${path} holds ${what ?? `no dataset that is known here${found}. --data takes ${LAYOUTS}.`}`,
  );
}

/** Datasets that other programs fetch themselves. */
const KNOWN =
  /^(?:hf:.*|(?:(?:e|k|q|fashion[-_]?)?mnist|cifar[-_]?100?|imagenet|imagenette|imagewoof|tiny[-_]?imagenet|coco|svhn|stl[-_]?10|food[-_]?101|caltech[-_]?\d+|oxford\w*|(?:tf_)?flowers\w*|(?:cats[-_]vs[-_]dogs|dogs[-_]vs[-_]cats))[-_]?\w*)(?:\.ya?ml)?$/i;

function notReadable(path: string, error: NodeJS.ErrnoException): GradsocketError {
  const short = exhausted(error);
  if (short !== null) return short;
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  const advice = missing ? pathAdvice(path) : '';
  if (missing && advice === '' && KNOWN.test(path)) {
    const sentence = `${path} does not exist, and no dataset is fetched by a name. Download it, and pass its folder or archive; \`digits\` comes with gradsocket.`;
    return new GradsocketError('DATA_NOT_FOUND', EXIT.badData, sentence, { cause: error });
  }
  const denied = missing ? null : whyDenied(error);
  if (denied !== null) {
    return new GradsocketError('DATA_UNREADABLE', EXIT.badData, `${path} cannot be read: ${denied}.`, { cause: error });
  }
  const why = missing ? `does not exist${advice}` : `cannot be read (${error.code ?? error.message})`;
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
