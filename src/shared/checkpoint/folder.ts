import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, GradsocketError } from '../errors.ts';
import { isTemporary, writeFailure, writeFileAtomically } from './atomic-file.ts';
import { badCheckpoint } from './safetensors.ts';
import { type Checkpoint, decodeState } from './state.ts';

const NAME = /^step-(\d{8,15})\.safetensors$/;
const BEST = 'best.json';

export interface BestCheckpoint {
  readonly step: number;
  readonly validationAccuracy: number;
}

export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The file's bytes, to be sent to workers. */
  readonly bytes: Uint8Array;
}

export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.safetensors`;
}

/** The checkpoints of a run: the newest few, and the best. */
export class CheckpointFolder {
  readonly path: string;
  /** null: only looked at. */
  readonly #keep: number | null;
  #best: BestCheckpoint | null;
  /** The newest rating, as its checkpoint may be written only later. */
  #rated: BestCheckpoint | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(path: string, keep: number | null, best: BestCheckpoint | null) {
    this.path = path;
    this.#keep = keep;
    this.#best = best;
  }

  /**
   * Makes the folder where it is missing, and clears away what a killed process left half written.
   *
   * @param keep how many of the newest checkpoints stay, besides the best
   */
  static async open(path: string, keep: number): Promise<CheckpointFolder> {
    try {
      await mkdir(path, { recursive: true });
      const names = await readdir(path);
      await Promise.all(names.filter(isTemporary).map((name) => rm(join(path, name), { force: true })));
    } catch (error) {
      throw writeFailure(path, 0, error);
    }
    return new CheckpointFolder(path, keep, await readBest(path));
  }

  /** To read from: changes nothing. @throws GradsocketError BAD_CHECKPOINT where there is no such folder */
  static async existing(path: string): Promise<CheckpointFolder> {
    try {
      await readdir(path);
    } catch (error) {
      throw unreadable(path, error);
    }
    return new CheckpointFolder(path, null, await readBest(path));
  }

  /** The one with the highest validation accuracy, where it was marked and is still there. */
  get best(): BestCheckpoint | null {
    return this.#best;
  }

  /** Path of the file for `step`. */
  fileOf(step: number): string {
    return join(this.path, checkpointName(step));
  }

  /** Steps of all checkpoints, newest first. */
  async steps(): Promise<readonly number[]> {
    return stepsIn(await readdir(this.path));
  }

  /**
   * Writes a checkpoint, then removes those that are too old. Where it fails, all others are still there.
   *
   * @throws GradsocketError DISK_FULL or CANNOT_WRITE (74), BAD_CHECKPOINT where `bytes` are none
   * @returns the path of its file, and whether it is the best, as far as its step was rated
   */
  write(step: number, bytes: Uint8Array): Promise<{ readonly file: string; readonly best: boolean }> {
    return this.#inTurn(async () => {
      const file = this.fileOf(step);
      const checkpoint = decodeState(bytes, file);
      if (checkpoint.step !== step) throw badCheckpoint(file, `it is one of step ${checkpoint.step}`);
      await writeFileAtomically(file, bytes);
      const best = this.#rated?.step === step && (await this.#crown(this.#rated));
      await this.#prune();
      return { file, best };
    });
  }

  /**
   * Tells how well the weights of `step` do, before or after their checkpoint is written, if it is. The checkpoint becomes
   * the best where that is better than what was; the older one stays the best where they are equal.
   *
   * @returns whether there is a checkpoint of this step and it is the best now
   */
  rate(step: number, validationAccuracy: number): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#rated = { step, validationAccuracy };
      if (!(await this.steps()).includes(step)) return false;
      const best = await this.#crown(this.#rated);
      await this.#prune();
      return best;
    });
  }

  async #crown(rated: BestCheckpoint): Promise<boolean> {
    // Written so that an accuracy that is no number is never best.
    if (!(rated.validationAccuracy > (this.#best?.validationAccuracy ?? Number.NEGATIVE_INFINITY))) return false;
    await writeFileAtomically(join(this.path, BEST), `${JSON.stringify(rated)}\n`);
    this.#best = rated;
    return true;
  }

  /** One change at a time, whoever asks. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {}); // told to its caller
    return result;
  }

  /**
   * The newest checkpoint that is whole; null where there is none at all. `onBad` hears about each newer one that is not.
   * In a folder opened for writing those are set aside under another name, lest they count as the newest ones later on.
   *
   * @throws GradsocketError BAD_CHECKPOINT where there are some, but none is whole
   */
  async newest(onBad: (error: GradsocketError) => void): Promise<FoundCheckpoint | null> {
    const steps = await this.steps();
    const bad: number[] = [];
    for (const step of steps) {
      try {
        const found = await readCheckpoint(this.fileOf(step));
        if (this.#keep !== null) await Promise.all(bad.map((other) => this.#setAside(other)));
        return found;
      } catch (error) {
        if (!(error instanceof GradsocketError)) throw error;
        onBad(error);
        bad.push(step);
      }
    }
    if (steps.length === 0) return null;
    throw new GradsocketError(
      'BAD_CHECKPOINT',
      EXIT.badData,
      `None of the ${steps.length} checkpoints in ${this.path} can be used. Restore one from a copy, or start anew without --resume.`,
    );
  }

  async #setAside(step: number): Promise<void> {
    const file = this.fileOf(step);
    await rename(file, `${file}.damaged`);
    if (this.#best?.step === step) this.#best = null;
  }

  async #prune(): Promise<void> {
    const steps = await this.steps();
    const old = steps.slice(this.#keep ?? steps.length).filter((step) => step !== this.#best?.step);
    for (const step of old) await rm(this.fileOf(step), { force: true });
  }
}

/** @throws GradsocketError BAD_CHECKPOINT where the file is missing, unreadable or damaged */
export async function readCheckpoint(file: string): Promise<FoundCheckpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  return { checkpoint: decodeState(bytes, file), bytes };
}

function unreadable(path: string, cause: unknown): GradsocketError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const what = missing ? 'it does not exist' : (cause as Error).message;
  return new GradsocketError('BAD_CHECKPOINT', EXIT.badData, `Cannot read ${path}: ${what}.`, { cause });
}

/**
 * For reading alone, also while the run goes on: the best checkpoint, where one is marked and there, else the newest.
 *
 * @throws GradsocketError NO_CHECKPOINT where there is none
 */
export async function chooseCheckpoint(path: string, which: 'best' | 'newest'): Promise<string> {
  const [newest] = stepsIn(await readdir(path).catch(() => []));
  if (newest === undefined) {
    throw new GradsocketError(
      'NO_CHECKPOINT',
      EXIT.badData,
      `There is no checkpoint in ${path} yet: train until the first one is written.`,
    );
  }
  const best = which === 'best' ? await readBest(path) : null;
  return join(path, checkpointName(best?.step ?? newest));
}

function stepsIn(names: readonly string[]): number[] {
  return names
    .map((name) => NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((a, b) => b - a);
}

/** Which one is best is a hint, not state: where the file is damaged or its checkpoint gone, the next rating decides. */
async function readBest(path: string): Promise<BestCheckpoint | null> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(path, BEST), 'utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { step, validationAccuracy } = value as Partial<Record<string, unknown>>;
  if (!Number.isSafeInteger(step) || typeof validationAccuracy !== 'number') return null;
  const names = await readdir(path);
  return stepsIn(names).includes(step as number) ? { step: step as number, validationAccuracy } : null;
}
