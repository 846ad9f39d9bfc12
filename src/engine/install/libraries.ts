import { constants } from 'node:fs';
import { copyFile, cp, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256OfFile } from './digest.ts';
import { downloadWheel } from './download.ts';
import { downloadFailed, hashMismatch } from './failures.ts';
import { INSIDE, LIBRARIES } from './folder.ts';
import type { Offer } from './offer.ts';
import { type Pins, type Variant, type Wheel, wheelsOf } from './pins.ts';
import type { OnProgress } from './progress.ts';
import { unzip } from './unzip.ts';

export interface LibrariesOptions {
  readonly pins: Pins;
  readonly variant: Variant;
  readonly offer: Offer | null;
  readonly pip: readonly [string, ...string[]] | null;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress;
}

/** Folders of a setup under way: what will be the installation, and what is thrown away. */
export interface Staging {
  readonly install: string;
  readonly scratch: string;
}

/** All that the addon's sources include of TensorFlow, as `g++ -M` tells. */
const HEADERS = new Set(
  [
    'tensorflow/c/c_api.h',
    'tensorflow/c/c_api_macros.h',
    'tensorflow/c/eager/c_api.h',
    'tensorflow/c/tf_attrtype.h',
    'tensorflow/c/tf_buffer.h',
    'tensorflow/c/tf_datatype.h',
    'tensorflow/c/tf_status.h',
    'tensorflow/c/tf_tensor.h',
    'tensorflow/c/tf_tstring.h',
    'tensorflow/core/platform/ctstring.h',
    'tensorflow/core/platform/ctstring_internal.h',
    'tsl/platform/ctstring.h',
    'tsl/platform/ctstring_internal.h',
    'xla/tsl/c/tsl_status.h',
  ].map((path) => `tensorflow/include/${path}`),
);

/** Puts TensorFlow's libraries (and CUDA's) into the installation; the folder of TensorFlow's headers. */
export async function fetchLibraries(staging: Staging, options: LibrariesOptions): Promise<string> {
  const { offer, pins, variant, onProgress, signal } = options;
  if (offer?.kind === 'unpacked') {
    await copyUnpacked(offer, staging, onProgress);
    return offer.headers;
  }
  const headers = join(staging.scratch, 'include');
  for (const [index, wheel] of wheelsOf(pins, variant).entries()) {
    signal?.throwIfAborted();
    const offered = offer?.files[index];
    const folder = join(staging.scratch, 'wheel');
    const archive = offered ?? (await download(wheel, folder, options));
    await verify(archive, wheel, options, offered !== undefined);
    await extract(archive, wheel, staging, options);
    // One at a time, so that setup never needs the space of all of them.
    await rm(folder, { recursive: true, force: true });
  }
  if (variant === 'gpu') await linkSolver(staging);
  return headers;
}

async function download(wheel: Wheel, folder: string, options: LibrariesOptions): Promise<string> {
  const { pip, env, signal, onProgress } = options;
  if (pip === null) throw new TypeError('pip is looked for before anything is downloaded');
  const message = `downloading ${wheel.name} ${wheel.version}`;
  const tell = (done: number): void => onProgress({ phase: 'download', message, bytes: { done, total: wheel.size } });
  tell(0);
  const archive = await downloadWheel(wheel, folder, { pip, env, signal, onBytes: tell });
  tell(wheel.size);
  return archive;
}

async function verify(archive: string, wheel: Wheel, options: LibrariesOptions, offered: boolean): Promise<void> {
  const { pins, variant, signal, onProgress } = options;
  const message = `checking ${basename(archive)}`;
  const found = await sha256OfFile(archive, signal, (done) =>
    onProgress({ phase: 'verify', message, bytes: { done, total: wheel.size } }),
  );
  if (found === wheel.sha256) return;
  const isTensorflow = wheel === pins.tensorflow[variant];
  if (offered && isTensorflow && pins.alternatives[variant].includes(found)) return;
  throw hashMismatch(basename(archive), wheel.sha256, found);
}

async function extract(
  archive: string,
  wheel: Wheel,
  staging: Staging,
  { variant, pins, signal, onProgress }: LibrariesOptions,
): Promise<void> {
  const message = `unpacking ${wheel.name} ${wheel.version}`;
  const onBytes = (done: number): void =>
    onProgress({ phase: 'extract', message, bytes: { done: Math.min(done, wheel.unpacked), total: wheel.unpacked } });
  onBytes(0);
  const isTensorflow = wheel === pins.tensorflow[variant];
  const place = isTensorflow ? placeOfTensorflow(staging) : placeOfCuda(staging);
  const taken = await unzip(archive, place, { signal, onBytes });
  const complete = isTensorflow
    ? LIBRARIES.every((name) => taken.includes(`tensorflow/${name}`)) &&
      [...HEADERS].every((path) => taken.includes(path))
    : taken.length > 0;
  if (!complete) throw downloadFailed(`${wheel.name} ${wheel.version}`, 'its wheel lacks what is needed of it');
}

function placeOfTensorflow({ install, scratch }: Staging): (path: string) => string | null {
  return (path) => {
    if (HEADERS.has(path)) return join(scratch, path.slice('tensorflow/'.length));
    const library = LIBRARIES.find((name) => path === `tensorflow/${name}`);
    return library === undefined ? null : join(install, INSIDE.libraries, library);
  };
}

/** Libraries, ptxas and libdevice; not headers and static libraries. */
function placeOfCuda({ install }: Staging): (path: string) => string | null {
  return (path) => {
    const wanted = /^nvidia\/[^/]+\/(lib|bin|nvvm)\//.test(path) && !/\.(a|h|py)$/.test(path);
    return wanted ? join(install, INSIDE.cuda, path.slice('nvidia/'.length)) : null;
  };
}

async function copyUnpacked(
  offer: Extract<Offer, { kind: 'unpacked' }>,
  { install }: Staging,
  onProgress: OnProgress,
): Promise<void> {
  onProgress({ phase: 'extract', message: `copying TensorFlow from ${offer.folder}` });
  const libraries = join(install, INSIDE.libraries);
  await mkdir(libraries, { recursive: true });
  // On file systems that can, the copy shares its blocks.
  for (const name of LIBRARIES) {
    await copyFile(join(offer.libraries, name), join(libraries, name), constants.COPYFILE_FICLONE);
  }
  if (offer.cuda === null) return;
  await cp(offer.cuda, join(install, INSIDE.cuda), { recursive: true, mode: constants.COPYFILE_FICLONE });
  await linkSolver({ install });
}

/**
 * libcusolver is opened from libtensorflow_framework, whose search path names every CUDA folder but cusolver's; without
 * this link TensorFlow finds no GPU and does not say why.
 */
async function linkSolver({ install }: Pick<Staging, 'install'>): Promise<void> {
  const link = join(install, INSIDE.cuda, 'cusparse', 'lib', 'libcusolver.so.11');
  await rm(link, { force: true });
  await symlink('../../cusolver/lib/libcusolver.so.11', link);
}
