import { relative } from 'node:path';
import type { CheckpointFolder } from '../../shared/checkpoint/folder.ts';
import { readSafetensors, type Tensor } from '../../shared/checkpoint/safetensors.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { AgreedDigests } from '../progress/training-progress.ts';

/** A checkpoint that is here and not yet on the disk. */
export interface PendingCheckpoint {
  readonly step: number;
  readonly bytes: Uint8Array;
  /** What it must hold. */
  readonly agreed: AgreedDigests;
  /** Of these weights, where they were evaluated. */
  readonly validationAccuracy: number | null;
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
 * Writes checkpoints one after the other. At most one waits: on a disk that is slower than checkpoints come, a newer one
 * takes its place, so that memory does not fill up.
 */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  #next: PendingCheckpoint | null = null;
  #newest: number;
  #writing: Promise<void> | null = null;
  #rating: Promise<void> = Promise.resolve();
  #savedStep: number;
  #savedFile: string | null;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
    this.#savedStep = options.savedStep;
    this.#newest = options.savedStep;
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

  get bestFile(): string | null {
    const { folder } = this.#options;
    return folder.best === null ? null : this.#relative(folder.fileOf(folder.best.step));
  }

  /** One that is not newer than what came before is dropped: after a halt two workers may send theirs at a time. */
  add(checkpoint: PendingCheckpoint): void {
    if (checkpoint.step <= this.#newest) return;
    this.#newest = checkpoint.step;
    if (this.#next !== null) this.#options.onSkipped(this.#next.step);
    this.#next = checkpoint;
    this.#writing ??= this.#write();
  }

  /** The weights of a checkpoint that is on the disk already were evaluated only now. */
  rate(step: number, validationAccuracy: number): void {
    const { folder, onError } = this.#options;
    this.#rating = folder.rate(step, validationAccuracy).then(() => undefined, onError);
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
      while (this.#next !== null) {
        const checkpoint = this.#next;
        this.#next = null;
        await this.#writeOne(checkpoint);
      }
    } catch (error) {
      this.#next = null;
      this.#options.onError(error);
    } finally {
      this.#writing = null;
    }
  }

  async #writeOne({ step, bytes, agreed, validationAccuracy }: PendingCheckpoint): Promise<void> {
    const { folder, ledgerSynced, onWritten } = this.#options;
    const { metadata, tensors } = readSafetensors(bytes, folder.fileOf(step));
    requireHolds(step, 'weights', metadata.weightsDigest, agreed.weights);
    if (agreed.state !== null) requireHolds(step, 'a state', metadata.stateDigest, agreed.state);
    await ledgerSynced();
    if (validationAccuracy !== null) await folder.rate(step, validationAccuracy);
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
