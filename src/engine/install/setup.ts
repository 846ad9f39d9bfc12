import { mkdir, mkdtemp, readdir, rename, rm, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GradsocketError } from '../../shared/errors.ts';
import { buildAddon } from './build.ts';
import { maybeExecuted } from './executable.ts';
import {
  cannotWrite,
  engineBroken,
  engineUnloadable,
  interrupted,
  notEnoughSpace,
  nothingExecuted,
  trialFailed,
} from './failures.ts';
import { cacheRoot } from '../../shared/cache-folder.ts';
import { namesOfProcess } from './exported-names.ts';
import { INSIDE, installFolder, MAIN_LIBRARY } from './folder.ts';
import { fetchLibraries, type Staging } from './libraries.ts';
import { FileLock } from '../../shared/lock.ts';
import { findDamage, findInstallation, type Installation, readInstallation, writeManifest } from './manifest.ts';
import { type Offer, readOffer } from './offer.ts';
import { PINS, type Pins, type Variant, wheelsOf } from './pins.ts';
import { type Platform, requirePlatform, thisPlatform } from './platform.ts';
import { prelink } from './prelink.ts';
import type { OnProgress } from './progress.ts';
import { fetchSources } from './sources.ts';
import { engineRoots } from './roots.ts';
import { findTools } from './tools.ts';
import { tryAddon } from './trial.ts';

export interface SetupOptions {
  /** TensorFlow with CUDA. */
  readonly gpu?: boolean;
  /** A wheel, a folder of wheels or an unpacked TensorFlow, for machines without a registry. */
  readonly from?: string | undefined;
  /** Makes it anew even where it is there. */
  readonly force?: boolean;
  readonly onProgress?: OnProgress | undefined;
  /** Ends setup; it cleans up after itself and rejects with SETUP_INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** What tests put something else in the place of. */
export interface SetupSurroundings {
  readonly pins: Pins;
  readonly platform: Platform;
  readonly tryAddon: typeof tryAddon;
}

export interface SetupResult extends Installation {
  /** false: it was there already. */
  readonly fresh: boolean;
}

export interface CheckOptions {
  /** Look for the CUDA variant; else any will do. */
  readonly gpu?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Whether the engine is installed and loads: `broken` is the sentence to say of one that does not. It is tried in a process
 * of its own.
 */
export async function checkInstallation(
  { gpu, env = process.env }: CheckOptions = {},
  trial: typeof tryAddon = tryAddon,
): Promise<{ readonly works: boolean; readonly broken: string | null }> {
  const roots = engineRoots(env);
  const installation = gpu ? readOneOf(roots, 'gpu') : findInstallation(roots);
  if (installation === null) {
    const damage = findDamage(roots);
    const broken = damage === null || gpu ? null : engineBroken(damage.folder, damage.reason).message;
    return { works: false, broken };
  }
  const reason = await whyNot(installation, env, trial);
  return reason === null
    ? { works: true, broken: null }
    : { works: false, broken: engineUnloadable(installation.folder, reason).message };
}

function readOneOf(roots: readonly string[], variant: Variant): Installation | null {
  return roots.map((root) => readInstallation(installFolder(root, variant))).find((found) => found !== null) ?? null;
}

/** Why an installation does not work; null: it does. */
async function whyNot(
  { folder }: Installation,
  env: NodeJS.ProcessEnv,
  trial: typeof tryAddon,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    await trial(folder, env, signal);
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Installs what the `tensorflow` engine needs into the cache folder: fetched, checked, unpacked, built and tried in a
 * staging folder, which then gets its name. Whatever happens before that leaves nothing behind. Running it again, or
 * from two shells at once, is safe: the one that comes second finds it done. What is there and does not load is made anew.
 */
export async function setupTensorflow(
  options: SetupOptions = {},
  surroundings?: Partial<SetupSurroundings>,
): Promise<SetupResult> {
  const { signal, onProgress = () => undefined, env = process.env } = options;
  const { pins = PINS, platform, tryAddon: trial = tryAddon } = surroundings ?? {};
  const variant: Variant = options.gpu ? 'gpu' : 'cpu';
  const root = cacheRoot(env);
  const target = installFolder(root, variant);
  const usable = async (): Promise<Installation | null> => {
    const there = options.force ? null : readOneOf(engineRoots(env), variant);
    if (there === null) return null;
    const reason = await whyNot(there, env, trial, signal);
    if (reason === null) return there;
    onProgress({ phase: 'broken', message: `what is installed does not load (${reason}): making it anew` });
    return null;
  };

  try {
    // Also where nothing is to be done with it: who names a file that is none has to learn of that.
    const offer = options.from === undefined ? null : await readOffer(options.from, variant, pins);
    const there = await usable();
    if (there !== null) return { ...there, fresh: false };
    requirePlatform(platform ?? thisPlatform());
    const { compiler, pip } = await findTools({ env, signal }, offer === null);
    const lock = await takeLock(target, signal, onProgress);
    try {
      const meanwhile = await usable();
      if (meanwhile !== null) return { ...meanwhile, fresh: false };
      await removeLeftovers(root, target);
      await requireSpace(root, pins, variant, offer);
      const staging = await mkdtemp(`${target}.staging-`);
      try {
        // Before anything is fetched: it would be built in vain.
        if (!(await maybeExecuted(staging))) throw nothingExecuted(root);
        const places: Staging = { install: join(staging, 'install'), scratch: join(staging, 'scratch') };
        await mkdir(places.install);
        await mkdir(places.scratch);
        const headers = await fetchLibraries(places, { pins, variant, offer, pip, env, signal, onProgress });
        onProgress({
          phase: 'sources',
          message: `fetching the sources of ${pins.sources.name} ${pins.sources.version}`,
        });
        const sources = await fetchSources(join(places.scratch, 'sources'), {
          pins,
          offered: offer?.folder ?? null,
          env,
          signal,
        });
        onProgress({ phase: 'build', message: 'building the binding' });
        await buildAddon({
          variant,
          compiler,
          sources,
          headers,
          folder: places.install,
          scratch: places.scratch,
          env,
          signal,
        });
        if (variant === 'cpu') await prelinkTensorflow(places.install);
        onProgress({ phase: 'trial', message: 'trying it' });
        const version = await runTrial(() => trial(places.install, env, signal), signal);
        await writeManifest(places.install, variant, version);
        signal?.throwIfAborted();
        await replace(target, places.install, join(staging, 'former'));
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    } finally {
      lock.release();
    }
  } catch (error) {
    if (signal?.aborted) throw interrupted();
    throw explained(error, root);
  }
  const installed = readInstallation(target);
  if (installed === null) throw new Error(`${target} changed while it was being installed`);
  onProgress({ phase: 'done', message: `TensorFlow ${installed.tensorflow} is ready in ${target}` });
  return { ...installed, fresh: true };
}

/** A setup on another machine that has not touched its lock for so long is gone; were it not, it would do no harm. */
const SILENCE_MS = 30_000;

async function takeLock(target: string, signal: AbortSignal | undefined, onProgress: OnProgress): Promise<FileLock> {
  return FileLock.wait(
    `${target}.lock`,
    ({ pid, host }) =>
      onProgress({ phase: 'wait', message: `waiting for another setup (process ${pid} on ${host}) to finish` }),
    { signal, silence: SILENCE_MS },
  );
}

/**
 * So that loading it takes a third of the time. Not with CUDA, where that was never tried. TensorFlow's other library has so few
 * references that it gains nothing.
 */
async function prelinkTensorflow(folder: string): Promise<void> {
  const names = await namesOfProcess();
  if (names !== null) await prelink(join(folder, INSIDE.libraries, MAIN_LIBRARY), names);
}

/** What bears the name already is broken or not wanted any more; whoever has its libraries open keeps them. */
async function replace(target: string, by: string, former: string): Promise<void> {
  await rename(target, former).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(by, target);
}

/** Staging folders of processes that were killed: nobody else is at work while we hold the lock. */
async function removeLeftovers(root: string, target: string): Promise<void> {
  const prefix = `${basename(target)}.staging-`;
  for (const name of await readdir(root)) {
    if (name.startsWith(prefix)) await rm(join(root, name), { recursive: true, force: true });
  }
}

async function requireSpace(root: string, pins: Pins, variant: Variant, offer: Offer | null): Promise<void> {
  const wheels = wheelsOf(pins, variant);
  const unpacked = wheels.reduce((sum, wheel) => sum + wheel.unpacked, 0);
  const largest = offer === null ? Math.max(...wheels.map(({ size }) => size)) : 0;
  const needed = unpacked + largest;
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize < needed) throw notEnoughSpace(root, needed, bavail * bsize);
}

async function runTrial(
  trial: () => Promise<{ readonly tensorflow: string }>,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return (await trial()).tensorflow;
  } catch (error) {
    signal?.throwIfAborted();
    throw trialFailed(error instanceof Error ? error.message : String(error));
  }
}

/** A full or read-only disk is the user's to mend; anything else that is not ours is a bug and stays as it is. */
function explained(error: unknown, root: string): unknown {
  if (error instanceof GradsocketError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const ofTheDisk = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'EIO'];
  return code !== undefined && ofTheDisk.includes(code) ? cannotWrite(root, error) : error;
}
