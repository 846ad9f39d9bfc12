import { relative } from 'node:path';
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
export interface WrittenCheckpoint {
  readonly step: number;
  /** Relative to the run folder. */
  readonly file: string;
  readonly best: boolean;
  readonly tensors: Iterable<Tensor>;
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
  readonly onWritten: (written: WrittenCheckpoint) => void;
  readonly onSkipped: (step: number) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes checkpoints one after the other. At most two wait, the newest and the best: on a disk that is slower than checkpoints
 * come, newer ones take their places, so that memory does not fill up.
 */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  #waiting: readonly PendingCheckpoint[] = [];
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
    const kept = this.#waiting.filter((one) => one.step === this.#best?.step);
    for (const one of this.#waiting) if (!kept.includes(one)) this.#options.onSkipped(one.step);
    this.#waiting = [...kept, checkpoint];
    this.#writing ??= this.#write();
  }

  /** The weights of a checkpoint that is on the disk already were evaluated only now. */
  rate(step: number, measured: Measured): void {
    const { folder, onError } = this.#options;
    if (this.wouldBeBest(measured)) this.#best = { step, measured };
    this.#rating = folder.rate(step, measured).then(() => undefined, onError);
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

  /** Until nothing waits. Never rejects: errors go to `onError`. */
  async idle(): Promise<void> {
    await this.#rating;
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

  async #writeOne({ step, bytes, agreed, measured }: PendingCheckpoint): Promise<void> {
    const { folder, ledgerSynced, onWritten } = this.#options;
    const { metadata, tensors } = readSafetensors(bytes, folder.fileOf(step));
    requireHolds(step, 'weights', metadata.weightsDigest, agreed.weights);
    if (agreed.state !== null) requireHolds(step, 'a state', metadata.stateDigest, agreed.state);
    await ledgerSynced();
    if (measured !== null) await folder.rate(step, measured);
    const { file, best } = await folder.write(step, bytes);
    this.#savedStep = step;
    this.#savedFile = this.#relative(file);
    onWritten({ step, file: this.#savedFile, best, tensors: tensors.values() });
  }

  #relative(file: string): string {
    return relative(this.#options.runDir, file);
  }
}

function requireHolds(step: number, what: string, theirs: string | undefined, agreed: string): void {
  if (theirs === agreed) return;
  throw new GradsocketError(
    'REPLICAS_DIVERGED',
    EXIT.internal,
    `The uploaded checkpoint of step ${step} holds ${what} ${theirs?.slice(0, 12)}..., but the workers ` +
      `hold ${agreed.slice(0, 12)}.... It was not kept; --resume begins at the checkpoint before.`,
  );
}
