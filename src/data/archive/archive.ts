import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { gunzipSync, constants } from 'node:zlib';
import { createFolder } from '../../shared/create-folder.ts';
import { whyDenied } from '../../shared/denied.ts';
import { replacedIn } from '../../shared/shell-word.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { exhausted } from '../../shared/exhausted.ts';
import type { Candidates } from '../samples/candidates.ts';
import type { DatasetProgress } from '../samples/dataset.ts';
import { fileKind } from '../files/file-kind.ts';
import { listFolder } from '../files/folder.ts';
import { awayIn, readAgain, unlessAway } from '../files/read-again.ts';
import { Destination } from './destination.ts';
import { asideOf, isAlive, KEPT_BYTES, makeRoom, use } from './kept.ts';

/**
 * Datasets as they are downloaded. An archive is unpacked once, into the cache folder, and read from there as any folder;
 * in sentences it keeps the name that the user gave it, with the names inside behind it: `pets.zip/cat/1.jpg`.
 */
export interface Unpacked {
  /** The folder in the cache that holds all of the archive. */
  readonly folder: string;
  /** What the user called it. */
  readonly archive: string;
  /** What the user should know of the cache folder: sentences. */
  readonly notices: readonly string[];
}

type Packing = 'zip' | 'tar';

export const PACKED_NAME = /\.(?:zip|tar|tgz|tar\.gz)$/i;
/** A zip of one of these is no archive of files, whatever it is inside. */
const NO_ARCHIVE = /\.(?:npz|pth?|ckpt|docx|xlsx|pptx|jar|apk|epub|keras|mlpackage)$/i;

/** How a file is packed, by its content; null: it is no archive that can be unpacked here. */
async function packingOf(path: string): Promise<Packing | null> {
  const head = await firstBytes(path);
  const kind = fileKind(head);
  if (kind === 'a zip archive') return NO_ARCHIVE.test(path) ? null : 'zip';
  if (kind === 'a tar archive') return 'tar';
  if (kind === 'a gzip file' && fileKind(beginningOf(head)) === 'a tar archive') return 'tar';
  // The oldest kind of tar has no signature, and an archive that is broken from the start is best called one.
  return /\.(?:tar|tgz|tar\.gz)$/i.test(path) && kind !== 'text' ? 'tar' : null;
}

export interface FoundArchive {
  readonly archive: string;
  readonly packing: Packing;
  /** What is meant inside of it; '': all. */
  readonly inside: string;
}

/**
 * The archive that a path names or leads through.
 *
 * @throws GradsocketError where its disk is away
 */
export async function archiveIn(path: string): Promise<FoundArchive | null> {
  for (let archive = path; ; archive = dirname(archive)) {
    const kind = await readAgain(archive, () => stat(archive)).catch(unlessAway(null));
    if (kind?.isFile()) {
      const packing = await packingOf(archive).catch(unlessAway(null));
      return packing === null ? null : { archive, packing, inside: path.slice(archive.length + 1) };
    }
    if (kind !== null || dirname(archive) === archive) return null;
  }
}

/** Unpacks an archive, unless that was done before. */
export async function unpackOnce(
  archive: string,
  packing: Packing,
  cacheDir: string,
  onProgress: (progress: DatasetProgress) => void,
): Promise<Unpacked> {
  const { size, mtimeMs, ino } = await readAgain(archive, () => stat(archive));
  const identity = [resolve(archive), size, mtimeMs, ino].join('\n');
  const folder = join(cacheDir, 'archives', createHash('sha256').update(identity).digest('hex').slice(0, 32));
  await use(folder);
  if (await isFolder(folder)) return { folder, archive, notices: [] };
  // Written aside: several processes may open the same dataset at once, and each of them may be ended at any time.
  const aside = asideOf(folder);
  try {
    await createFolder(dirname(folder));
    await sweepUp(dirname(folder));
    await createFolder(aside);
  } catch (error) {
    if (exhausted(error) !== null) throw error;
    const why = whyDenied(error) ?? (error instanceof Error ? error.message : String(error));
    throw new GradsocketError(
      'ARCHIVE_WRITE',
      EXIT.ioError,
      `${archive} cannot be unpacked into the cache folder: ${why}. Set GRADSOCKET_CACHE to a folder that can be written, or unpack it yourself and pass the folder.`,
      { cause: error },
    );
  }
  try {
    const to = new Destination(aside, archive, size, (files) =>
      onProgress({ phase: 'unpacking', done: files, total: null }),
    );
    await unpackInto(archive, packing, to);
    await unpackInner(aside, archive, onProgress);
    await rename(aside, folder).catch(async (error: unknown) => {
      // Another process was faster, with the same content.
      if (!(await isFolder(folder))) throw error;
    });
  } finally {
    // Files that were begun when it failed may still be coming.
    await rm(aside, { recursive: true, force: true, maxRetries: 5 });
  }
  await use(folder);
  return { folder, archive, notices: await roomMade(dirname(folder)) };
}

async function roomMade(archives: string): Promise<readonly string[]> {
  // What cannot be removed takes room, and is in nobody's way.
  const removed = await makeRoom(archives).catch(() => null);
  if (removed === null || removed.archives === 0) return [];
  const which = removed.archives === 1 ? 'that which was' : `the ${removed.archives} that were`;
  return [
    `Unpacked archives took more than ${KEPT_BYTES / 2 ** 30} GiB in ${archives}: ${which} used least recently went, ` +
      `${(removed.bytes / 2 ** 30).toFixed(1)} GiB. An archive is unpacked anew when it is opened.`,
  ];
}

/** What reads archives is loaded where there is one. Of a disk that is away nobody may say that the archive is damaged. */
async function unpackInto(archive: string, packing: Packing, to: Destination): Promise<void> {
  const unpack = packing === 'zip' ? (await import('./zip.ts')).unpackZip : (await import('./tar.ts')).unpackTar;
  await unpack(archive, to).catch((error: unknown) => {
    throw awayIn(archive, error) ?? error;
  });
}

/** Kaggle's dogs-vs-cats.zip holds train.zip and test1.zip: where archives are all there is, they become folders. */
async function unpackInner(
  root: string,
  archive: string,
  onProgress: (progress: DatasetProgress) => void,
): Promise<void> {
  const folder = await onlyFolder(root);
  const { files, folders } = await listFolder(folder);
  const inner = files.filter((name) => PACKED_NAME.test(name));
  const others = files.filter((name) => !PACKED_NAME.test(name) && !/\.(?:csv|txt|md|json|html?|pdf)$/i.test(name));
  if (folders.length > 0 || others.length > 0) return;
  for (const name of inner) {
    const path = join(folder, name);
    const packing = await packingOf(path);
    if (packing === null) continue;
    const { size } = await stat(path);
    const aside = join(folder, `${name}.unpacked`);
    const to = new Destination(aside, join(archive, path.slice(root.length)), size, (done) =>
      onProgress({ phase: 'unpacking', done, total: null }),
    );
    await createFolder(aside);
    await unpackInto(path, packing, to);
    await rm(path);
    await rename(await onlyFolder(aside), join(folder, name.replace(PACKED_NAME, '')));
    await rm(aside, { recursive: true, force: true });
  }
}

/** Down to where there is more than one folder. */
export async function onlyFolder(root: string): Promise<string> {
  let folder = root;
  for (;;) {
    const { files, folders } = await listFolder(folder);
    if (files.length > 0 || folders.length !== 1) return folder;
    folder = join(folder, folders[0]!);
  }
}

/** What processes of this machine left that were ended while they unpacked. */
async function sweepUp(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, host, pid] = /^[0-9a-f]+\.(.*)\.(\d+)\.[\w-]+\.tmp$/.exec(name) ?? [];
    if (host !== hostname() || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Puts the archive's name for the folder that only the cache knows. */
export function namedAsGiven(candidates: Candidates, unpacked: Unpacked): Candidates {
  const given = (text: string): string => replacedIn(text, unpacked.folder, unpacked.archive);
  const isWhole = candidates.name === basename(unpacked.folder);
  return {
    ...candidates,
    name: isWhole ? basename(unpacked.archive).replace(PACKED_NAME, '') : candidates.name,
    where: given(candidates.where),
    notices: [...unpacked.notices, ...candidates.notices.map(given)],
    ...(candidates.untrainable === undefined
      ? {}
      : { untrainable: errorAsGiven(candidates.untrainable, unpacked) as GradsocketError }),
    nameOf: (index) => given(candidates.nameOf(index)),
    read: async (index) => {
      try {
        return await candidates.read(index);
      } catch (error) {
        throw errorAsGiven(error, unpacked);
      }
    },
  };
}

export function errorAsGiven(error: unknown, { folder, archive }: Pick<Unpacked, 'folder' | 'archive'>): unknown {
  if (!(error instanceof GradsocketError) || !error.message.includes(folder)) return error;
  return new GradsocketError(error.code, error.exitCode, replacedIn(error.message, folder, archive), { cause: error });
}

const HEAD_BYTES = 4096;

export function firstBytes(path: string): Promise<Uint8Array> {
  return readAgain(path, () => headOf(path));
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What a gzip file begins with, from its own beginning. Empty: it is none, or damaged. */
export function beginningOf(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * 2 ** 20 });
  } catch {
    return new Uint8Array(0);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
