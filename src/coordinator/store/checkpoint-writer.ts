import { relative } from 'node:path';
import { isWriteFailure } from '../../shared/checkpoint/atomic-file.ts';
import type { CheckpointFolder } from '../../shared/checkpoint/folder.ts';
import { readSafetensors, type Tensor } from '../../shared/checkpoint/safetensors.ts';
import { type BestCheckpoint, isBetter, type Measured, type Monitor } from '../../shared/checkpoint/best.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { AgreedDigests } from '../progress/agreement.ts';

/** A checkpoint that is here and not yet on the disk. */
export interface PendingCheckpoint {
  readonly step: number;
  readonly bytes: Uint8Array;
  /** What it must hold. */
  readonly agreed: AgreedDigests;
  /** What an evaluation of these weights said; null: there was none. */
  readonly measured: Measured | null;
}

/** A checkpoint that is on the disk. */
interface WrittenCheckpoint {
  readonly step: number;
  /** Relative to the run folder. */
  readonly file: string;
  readonly best: boolean;
  readonly tensors: Iterable<Tensor>;
  readonly bytes: number;
  /** How long it took to write. */
  readonly seconds: number;
}

export interface CheckpointWriterOptions {
  readonly folder: CheckpointFolder;
  readonly monitor: Monitor;
  /** Newest step that is on disk already. */
  readonly savedStep: number;
  /** Files are named relative to this. */
  readonly runDir: string;
  /** Waits until the ledger is on the disk: no checkpoint may be ahead of it. */
  readonly ledgerSynced: () => Promise<void>;
  /** Milliseconds. */
  readonly now: () => number;
  readonly onWritten: (written: WrittenCheckpoint) => void;
  readonly onSkipped: (step: number) => void;
  /** The disk would not take it, for now: the run goes on, and the next one is tried. */
  readonly onFailed: (checkpoint: PendingCheckpoint, error: GradsocketError) => void;
  /** It is on the disk all the same. */
  readonly onTrouble: (error: GradsocketError) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes checkpoints one after the other. At most two wait, the newest and the best: on a disk that is slower than checkpoints
 * come, newer ones take their places, so that memory does not fill up. One that the disk would not take waits with them, until
 * the next one comes or the run is at its end.
 */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  #waiting: readonly PendingCheckpoint[] = [];
  /** The newest and the best of those that the disk would not take, and what it said last. */
  #refused: readonly PendingCheckpoint[] = [];
  #refusal: GradsocketError | null = null;
  /** Of all that came, and of what was there: what the next best must be better than. */
  #best: { readonly step: number; readonly measured: Measured } | null;
  #newest: number;
  #writing: Promise<void> | null = null;
  #rating: Promise<void> = Promise.resolve();
  #savedStep: number;
  #savedFile: string | null;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
    this.#savedStep = options.savedStep;
    this.#newest = options.savedStep;
    const { best } = options.folder;
    this.#best = best === null ? null : { step: best.step, measured: best };
    this.#savedFile = options.savedStep > 0 ? this.#relative(options.folder.fileOf(options.savedStep)) : null;
  }

  /** How many are here and not yet on the disk. */
  get waiting(): number {
    return this.#waiting.length + this.#refused.length + (this.#writing === null ? 0 : 1);
  }

  /** Newest step on disk, 0 for none. */
  get savedStep(): number {
    return this.#savedStep;
  }

  /** Its file, relative to the run folder. */
  get savedFile(): string | null {
    return this.#savedFile;
  }

  get best(): BestCheckpoint | null {
    return this.#options.folder.best;
  }

  get bestFile(): string | null {
    const { folder } = this.#options;
    return folder.best === null ? null : this.#relative(folder.fileOf(folder.best.step));
  }

  /** Better than everything before, by what is monitored. */
  wouldBeBest(measured: Measured): boolean {
    return isBetter(this.#options.monitor, measured, this.#best?.measured ?? null);
  }

  /** One that is not newer than what came before is dropped: after a halt two workers may send theirs at a time. */
  add(checkpoint: PendingCheckpoint): void {
    if (checkpoint.step <= this.#newest) return;
    this.#newest = checkpoint.step;
    const { step, measured } = checkpoint;
    if (measured !== null && this.wouldBeBest(measured)) this.#best = { step, measured };
    const isBest = (one: PendingCheckpoint): boolean => one.step === this.#best?.step;
    for (const one of this.#waiting) if (!isBest(one)) this.#options.onSkipped(one.step);
    this.#waiting = [...[...this.#refused, ...this.#waiting].filter(isBest), checkpoint];
    this.#refused = [];
    this.#writing ??= this.#write();
  }

  /** The weights of a checkpoint that is on the disk already were evaluated only now. */
  rate(step: number, measured: Measured): void {
    const { folder, onError, onTrouble } = this.#options;
    if (this.wouldBeBest(measured)) this.#best = { step, measured };
    this.#rating = folder.rate(step, measured).then(
      () => undefined,
      (error: unknown) => (isWriteFailure(error) ? onTrouble(error) : onError(error)),
    );
  }

  /** The same, and they are of no use: the checkpoint before is the newest again. */
  disown(step: number): void {
    const { folder, onError } = this.#options;
    this.#rating = (async () => {
      await folder.disown(step);
      const [newest] = await folder.steps();
      this.#savedStep = newest ?? 0;
      this.#savedFile = newest === undefined ? null : this.#relative(folder.fileOf(newest));
    })().catch(onError);
  }

  /** At the end: as `settled`. Never rejects: errors go to `onError`, also that the newest checkpoint is not on the disk. */
  async idle(): Promise<void> {
    await this.settled();
    if (this.#refused.some(({ step }) => step === this.#newest)) this.#options.onError(this.#refusal);
  }

  /** Until nothing waits. What the disk would not take is tried once more. Never rejects. */
  async settled(): Promise<void> {
    await this.#rating;
    await this.#written();
    if (this.#refused.length === 0) return;
    this.#waiting = this.#refused;
    this.#refused = [];
    this.#writing = this.#write();
    await this.#written();
  }

  /** The run goes on from `step` again: what was newer is none of it, and will come once more. */
  rewind(step: number): void {
    const { folder } = this.#options;
    this.#newest = Math.min(this.#newest, step);
    this.#waiting = this.#waiting.filter((one) => one.step <= step);
    this.#refused = this.#refused.filter((one) => one.step <= step);
    if (this.#savedStep > step) {
      this.#savedStep = step;
      this.#savedFile = step > 0 ? this.#relative(folder.fileOf(step)) : null;
    }
    this.#best = folder.best === null ? null : { step: folder.best.step, measured: folder.best };
  }

  async #written(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      for (;;) {
        const [checkpoint, ...rest] = this.#waiting;
        if (checkpoint === undefined) return;
        this.#waiting = rest;
        await this.#writeOne(checkpoint);
      }
    } catch (error) {
      this.#waiting = [];
      this.#options.onError(error);
    } finally {
      this.#writing = null;
    }
  }

  async #writeOne(checkpoint: PendingCheckpoint): Promise<void> {
    const { step, bytes, agreed, measured } = checkpoint;
    const { folder, ledgerSynced, onWritten, onTrouble } = this.#options;
    const { metadata, tensors } = readSafetensors(bytes, folder.fileOf(step));
    const { weights, state, sender } = agreed;
    requireHolds(step, 'weights', { theirs: metadata.weightsDigest, agreed: weights, sender });
    if (state !== null) requireHolds(step, 'a state', { theirs: metadata.stateDigest, agreed: state, sender });
    await ledgerSynced();
    const began = this.#options.now();
    const written = await this.#tried(checkpoint, async () => {
      if (measured !== null) await folder.rate(step, measured);
      return folder.write(step, bytes);
    });
    if (written === null) return;
    const file = this.#relative(written.file);
    // The best may come after a newer one, where the disk would not take it before.
    if (step > this.#savedStep) {
      this.#savedStep = step;
      this.#savedFile = file;
    }
    if (written.trouble !== null) onTrouble(written.trouble);
    const seconds = (this.#options.now() - began) / 1000;
    onWritten({ step, file, best: written.best, tensors: tensors.values(), bytes: bytes.length, seconds });
  }

  /** Null: the disk would not take it. */
  async #tried<T>(checkpoint: PendingCheckpoint, write: () => Promise<T>): Promise<T | null> {
    try {
      return await write();
    } catch (error) {
      if (!isWriteFailure(error)) throw error;
      this.#refusal = error;
      const best = this.#refused.filter(({ step }) => step === this.#best?.step);
      this.#refused = [...best, checkpoint];
      this.#options.onFailed(checkpoint, error);
      return null;
    }
  }

  #relative(file: string): string {
    return relative(this.#options.runDir, file);
  }
}

function requireHolds(
  step: number,
  what: string,
  {
    theirs,
    agreed,
    sender = 'a worker',
  }: { readonly theirs: string | undefined; readonly agreed: string; readonly sender: string | undefined },
): void {
  if (theirs === agreed) return;
  throw new GradsocketError(
    'REPLICAS_DIVERGED',
    EXIT.internal,
    `The checkpoint of step ${step} that ${sender} sent holds ${what} ${theirs?.slice(0, 12)}..., but all had told of ` +
      `${agreed.slice(0, 12)}...: what ${sender} holds has changed since. It was not kept; --resume begins at the checkpoint before.`,
  );
}
