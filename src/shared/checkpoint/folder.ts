import { join } from 'node:path';
import { bytesText } from '../bytes-text.ts';
import { whyDenied } from '../denied.ts';
import { type Disk, nodeDisk } from '../disk.ts';
import { EXIT, GradsocketError } from '../errors.ts';
import { clearTemporary, isFull, tryFolder, writeFailure, writeFileAtomically } from './atomic-file.ts';
import { type BestCheckpoint, bestIn, isBetter, type Measured, type Monitor } from './best.ts';
import { DIVERGED, diverged, notFinite } from './finite.ts';
import { badCheckpoint } from './safetensors.ts';
import { type Checkpoint, decodeState } from './state.ts';
import { textOfBytes } from '../text-of-bytes.ts';

const NAME = /^step-(\d{8,15})\.safetensors$/;
const BEST = 'best.json';
/** Left free for the record of the run, which grows meanwhile and must not find the disk full. */
const RESERVE = 1e6;

export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The file's bytes, to be sent to workers. */
  readonly bytes: Uint8Array;
}

export interface WrittenFile {
  /** Its path. */
  readonly file: string;
  /** Whether it is the best, as far as its step was rated. */
  readonly best: boolean;
  /** It is on the disk all the same, but marking it, or removing old ones, failed; null: all is done. */
  readonly trouble: GradsocketError | null;
}

/** A checkpoint that cannot be gone on from, and why. */
export interface PassedOver {
  readonly step: number;
  readonly error: GradsocketError;
}

export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.safetensors`;
}

/** The checkpoints of a run: the newest few, and the best. */
export class CheckpointFolder {
  readonly path: string;
  readonly #disk: Disk;
  /** null: only looked at. */
  readonly #keep: number | null;
  readonly #monitor: Monitor;
  #best: BestCheckpoint | null;
  /** The newest rating, as its checkpoint may be written only later. */
  #rated: BestCheckpoint | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(path: string, disk: Disk, keep: number | null, monitor: Monitor, best: BestCheckpoint | null) {
    this.path = path;
    this.#disk = disk;
    this.#keep = keep;
    this.#monitor = monitor;
    this.#best = best;
  }

  /**
   * Makes the folder where it is missing, and clears away what a killed process left half written.
   *
   * @param keep how many of the newest checkpoints stay, besides the best
   * @param monitor which one that is
   */
  static async open(
    path: string,
    keep: number,
    monitor: Monitor = 'accuracy',
    disk: Disk = nodeDisk,
  ): Promise<CheckpointFolder> {
    try {
      await disk.makeFolder(path);
      await clearTemporary(disk, path, () => true);
      // The first checkpoint may come after hours.
      await tryFolder(path, disk);
      // Whoever wrote the newest one may have been killed before its name was on the disk.
      await disk.syncFolder(path);
    } catch (error) {
      throw writeFailure(path, 0, error);
    }
    return new CheckpointFolder(path, disk, keep, monitor, await readBest(disk, path));
  }

  /** To read from: changes nothing. @throws GradsocketError BAD_CHECKPOINT where there is no such folder */
  static async existing(path: string, disk: Disk = nodeDisk): Promise<CheckpointFolder> {
    try {
      await disk.list(path);
    } catch (error) {
      throw isOfTheFile(error) ? unreadable(path, error) : error;
    }
    const best = await readBest(disk, path);
    return new CheckpointFolder(path, disk, null, best?.monitor ?? 'accuracy', best);
  }

  /** By what is monitored, where it was marked and is still there. */
  get best(): BestCheckpoint | null {
    return this.#best;
  }

  /** Path of the file for `step`. */
  fileOf(step: number): string {
    return join(this.path, checkpointName(step));
  }

  /** Steps of all checkpoints, newest first. */
  async steps(): Promise<readonly number[]> {
    return stepsIn(await this.#disk.list(this.path));
  }

  /**
   * Writes a checkpoint, then removes those that are too old. Where it fails, those that were to stay are still there.
   *
   * @throws GradsocketError DISK_FULL or CANNOT_WRITE (74), BAD_CHECKPOINT where `bytes` are none, TRAINING_DIVERGED where a
   * value in them is not finite
   */
  write(step: number, bytes: Uint8Array): Promise<WrittenFile> {
    return this.#inTurn(async () => {
      const file = this.fileOf(step);
      const checkpoint = decodeState(bytes, file);
      if (checkpoint.step !== step) throw badCheckpoint(file, `it is one of step ${checkpoint.step}`);
      const broken = notFinite(checkpoint.tensors.values());
      // Nobody could go on from it, and it would be the newest one.
      if (broken !== null) throw diverged(`After step ${step}, '${broken}' holds values that are not finite`);
      await this.#place(file, bytes);
      try {
        const best = this.#rated?.step === step && (await this.#crown(this.#rated));
        await this.#prune();
        return { file, best, trouble: null };
      } catch (error) {
        return { file, best: this.#best?.step === step, trouble: writeFailure(this.path, 0, error) };
      }
    });
  }

  /** On a full disk, what would be removed afterwards is removed before: not the newest, nor the best. */
  async #place(file: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#writeIfRoom(file, bytes);
    } catch (error) {
      if (!isFull(error) || !(await this.#prune(1).catch(() => false))) throw error;
      await this.#writeIfRoom(file, bytes);
    }
  }

  async #writeIfRoom(file: string, bytes: Uint8Array): Promise<void> {
    const free = await this.#disk.free(this.path).catch(() => null);
    if (free !== null && free < bytes.length + RESERVE) throw noRoom(file, bytes.length, free);
    await writeFileAtomically(file, bytes, { disk: this.#disk });
  }

  /**
   * Tells how well the weights of `step` do, before or after their checkpoint is written, if it is. The checkpoint becomes
   * the best where that is better than what was; the older one stays the best where they are equal.
   *
   * @returns whether there is a checkpoint of this step and it is the best now
   */
  rate(step: number, measured: Measured): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#rated = this.#asRated(step, measured);
      if (!(await this.steps()).includes(step)) return false;
      const best = await this.#crown(this.#rated);
      await this.#prune();
      return best;
    });
  }

  /**
   * When a run goes on: what is on record of all its evaluations decides anew, among the checkpoints that are there. The best
   * may have been lost, a crash may have come before it was marked, or something else is monitored now.
   */
  reconsider(evaluations: readonly (Measured & { readonly step: number })[]): Promise<BestCheckpoint | null> {
    return this.#inTurn(async () => {
      const there = await this.steps();
      const marked = this.#best === null ? [] : [this.#best];
      const candidates = [...marked, ...evaluations].filter(({ step }) => there.includes(step));
      let best: BestCheckpoint | null = null;
      for (const { step, ...measured } of candidates.toSorted((a, b) => a.step - b.step)) {
        if (isBetter(this.#monitor, measured, best)) best = this.#asRated(step, measured);
      }
      if (best === null || (best.step === this.#best?.step && best.monitor === this.#best.monitor)) return null;
      await this.#mark(best);
      return best;
    });
  }

  #asRated(step: number, { validationAccuracy, validationLoss }: Measured): BestCheckpoint {
    return { step, monitor: this.#monitor, validationAccuracy, validationLoss };
  }

  async #crown(rated: BestCheckpoint): Promise<boolean> {
    if (!isBetter(this.#monitor, rated, this.#best)) return false;
    await this.#mark(rated);
    return true;
  }

  async #mark(rated: BestCheckpoint): Promise<void> {
    await writeFileAtomically(join(this.path, BEST), `${JSON.stringify(rated)}\n`, { disk: this.#disk });
    this.#best = rated;
  }

  /** One change at a time, whoever asks. What the system refuses, as where the folder was taken away meanwhile, is the disk's doing. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work).catch((error: unknown) => {
      throw error instanceof Error && 'syscall' in error ? writeFailure(this.path, 0, error) : error;
    });
    this.#turn = result.catch(() => {}); // told to its caller
    return result;
  }

  /**
   * The newest checkpoint that is whole, of finite values, and not among `unfit`; null where there is none at all.
   * `onBad` hears about each newer one that is not. Changes nothing.
   *
   * @param unfit steps after which an evaluation came to no finite loss
   * @throws GradsocketError BAD_CHECKPOINT or TRAINING_DIVERGED where there are some, but none can be gone on from
   */
  async newest(
    onBad: (passed: PassedOver) => void,
    unfit: ReadonlySet<number> = new Set(),
  ): Promise<FoundCheckpoint | null> {
    const steps = await this.steps();
    const bad: PassedOver[] = [];
    for (const step of steps) {
      try {
        if (unfit.has(step)) throw passedOver(this.fileOf(step), 'its evaluation came to no finite loss');
        return finiteOnly(await readCheckpoint(this.fileOf(step), this.#disk));
      } catch (error) {
        if (!(error instanceof GradsocketError)) throw error;
        onBad({ step, error });
        bad.push({ step, error });
      }
    }
    if (steps.length === 0) return null;
    if (bad.every(({ error }) => error.code === DIVERGED)) throw allDiverged(this.path, steps.length);
    throw new GradsocketError(
      'BAD_CHECKPOINT',
      EXIT.badData,
      `${steps.length === 1 ? `The only checkpoint in ${this.path} cannot` : `None of the ${steps.length} checkpoints in ${this.path} can`} be used. Restore one from a copy, or start anew without --resume.`,
    );
  }

  /** The weights of `step` turned out to be of no use, if they are on the disk: nobody shall go on from them. */
  disown(step: number): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.steps()).includes(step)) await this.#setAside(step, 'diverged');
    });
  }

  /** Gives those that `newest` passed over another name, lest they count as the newest ones later on. */
  async setAside(passed: readonly PassedOver[]): Promise<void> {
    for (const { step, error } of passed) await this.#setAside(step, suffixOf(error));
  }

  async #setAside(step: number, suffix: 'damaged' | 'diverged'): Promise<void> {
    const file = this.fileOf(step);
    await this.#disk.rename(file, `${file}.${suffix}`);
    await this.#disk.syncFolder(this.path);
    if (this.#best?.step === step) this.#best = null;
  }

  /** Returns whether there was anything to remove. `more`: how many are about to come. */
  async #prune(more = 0): Promise<boolean> {
    const steps = await this.steps();
    const keep = Math.max(1, (this.#keep ?? steps.length) - more);
    const old = steps.slice(keep).filter((step) => step !== this.#best?.step);
    for (const step of old) await this.#disk.remove(this.fileOf(step));
    return old.length > 0;
  }
}

/** @throws GradsocketError BAD_CHECKPOINT where the file is missing or damaged; what else keeps from reading it, as it is */
export async function readCheckpoint(file: string, disk: Disk = nodeDisk): Promise<FoundCheckpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await disk.read(file);
  } catch (error) {
    throw isOfTheFile(error) ? unreadable(file, error) : error;
  }
  return { checkpoint: decodeState(bytes, file), bytes };
}

/** Anything else (a user who may not, too many open files) says nothing of the file, which may be whole: an older one is no answer to that. */
function isOfTheFile(error: unknown): boolean {
  return ['ENOENT', 'EISDIR', 'ENOTDIR', 'ELOOP', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function unreadable(path: string, cause: unknown): GradsocketError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const what = missing ? 'it does not exist' : (whyDenied(cause) ?? (cause as Error).message);
  return new GradsocketError('BAD_CHECKPOINT', EXIT.badData, `Cannot read ${path}: ${what}.`, { cause });
}

/** @throws GradsocketError TRAINING_DIVERGED where a value in it is not finite */
export function finiteOnly(found: FoundCheckpoint): FoundCheckpoint {
  const { file, tensors } = found.checkpoint;
  const broken = notFinite(tensors.values());
  if (broken !== null) throw passedOver(file, `'${broken}' in it holds values that are not finite`);
  return found;
}

function passedOver(file: string, why: string): GradsocketError {
  return new GradsocketError(
    DIVERGED,
    EXIT.diverged,
    `${file} cannot be used: ${why}, so training had diverged when it was written.`,
  );
}

function allDiverged(path: string, count: number): GradsocketError {
  return new GradsocketError(
    DIVERGED,
    EXIT.diverged,
    `${count === 1 ? 'The only checkpoint' : `Each of the ${count} checkpoints`} in ${path} was written when training had ` +
      `diverged, so nothing is left to go on from. Start anew, with a lower --lr.`,
  );
}

function suffixOf({ code }: GradsocketError): 'damaged' | 'diverged' {
  return code === DIVERGED ? 'diverged' : 'damaged';
}

/**
 * For reading alone, also while the run goes on: the best checkpoint, where one is marked and there, else the newest. Those
 * with values that are not finite, as older versions left them, are passed over; `onPassedOver` hears of each.
 *
 * @throws GradsocketError NO_CHECKPOINT where there is none, TRAINING_DIVERGED where none has finite values
 */
export async function chooseCheckpoint(
  path: string,
  which: 'best' | 'newest',
  onPassedOver: (error: GradsocketError) => void,
): Promise<FoundCheckpoint> {
  const steps = stepsIn(await nodeDisk.list(path).catch(() => []));
  if (steps.length === 0) {
    throw new GradsocketError(
      'NO_CHECKPOINT',
      EXIT.badData,
      `There is no checkpoint in ${path} yet: train until the first one is written.`,
    );
  }
  const best = which === 'best' ? await readBest(nodeDisk, path) : null;
  const order = best === null ? steps : [best.step, ...steps.filter((step) => step !== best.step)];
  for (const step of order) {
    const found = await readCheckpoint(join(path, checkpointName(step)));
    try {
      return finiteOnly(found);
    } catch (error) {
      if (!(error instanceof GradsocketError)) throw error;
      onPassedOver(error);
    }
  }
  throw allDiverged(path, steps.length);
}

function stepsIn(names: readonly string[]): number[] {
  return names
    .map((name) => NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((a, b) => b - a);
}

/** Which one is best is a hint, not state: where the file is damaged or its checkpoint gone, the next rating decides. */
async function readBest(disk: Disk, path: string): Promise<BestCheckpoint | null> {
  const text = await disk.read(join(path, BEST)).then(textOfBytes, () => '');
  const best = bestIn(text);
  return best !== null && stepsIn(await disk.list(path)).includes(best.step) ? best : null;
}

function noRoom(file: string, bytes: number, free: number): GradsocketError {
  return new GradsocketError(
    'DISK_FULL',
    EXIT.ioError,
    `No space is left to write ${file} (${bytesText(bytes)}, and a little for the record of the run; ${bytesText(free)} are free). ` +
      'Files written before are untouched: free some space, then run again with --resume.',
  );
}
