import type { WorkerChannel } from '../../shared/link/channel.ts';
import type { ChunkSums } from '../messages/from-engine.ts';
import type { Replica } from './replica.ts';
import type { StepReport } from './step-runner.ts';
import { Uploads } from './upload.ts';

export interface ReportsOptions {
  readonly replica: Replica;
  readonly control: WorkerChannel;
  readonly onError: (error: unknown) => void;
}

/** What the coordinator is told of committed steps: reports, digests, checkpoints, evaluations, and that all is done. */
export class Reports {
  readonly #options: ReportsOptions;
  readonly #uploads: Uploads;
  /** Steps after which the engine evaluates; null: it owes nothing. */
  #evaluationOwed: number | null = null;

  constructor(options: ReportsOptions) {
    this.#options = options;
    this.#uploads = new Uploads(options.control);
  }

  /** Tells of the step. */
  report(generation: number, committed: StepReport): void {
    const { step, sums, times, bytesSent, bytesReceived } = committed;
    const { lossSum, correct, samples, gradientNorm } = sums;
    const { control, replica } = this.#options;
    control.send({
      type: 'step',
      generation,
      step,
      lossSum,
      correct,
      samples,
      learningRate: replica.learningRate(step),
      gradientNorm,
      times,
      bytesSent,
      bytesReceived,
    });
  }

  /** Tells of the checkpoint after a step that was reported. Resolves when training may go on. */
  async checkpoint(generation: number, rank: number): Promise<void> {
    this.sendDigests(generation, null);
    if (rank !== 0) return;
    // One checkpoint at a time: training waits here where they come faster than the coordinator takes them.
    await this.#uploads.idle();
    this.upload();
  }

  /** `engineBusy`: null, unless it answers `halt`. */
  sendDigests(generation: number, engineBusy: boolean | null): void {
    const { control, replica } = this.#options;
    const { weights, statistics, optimizer } = replica.digests();
    control.send({
      type: 'weights',
      generation,
      step: replica.committed,
      weightsDigest: weights,
      statisticsDigest: statistics,
      optimizerDigest: optimizer,
      engineBusy,
    });
  }

  /** Sends the state as it is now, while training may go on. */
  upload(): void {
    const { replica, onError } = this.#options;
    const { step, file } = replica.snapshot();
    this.#uploads.add(step, file).catch(onError);
  }

  /** The engine is asked to evaluate what is committed. */
  oweEvaluation(): void {
    this.#evaluationOwed = this.#options.replica.committed;
  }

  /** The engine has evaluated its chunks. */
  evaluated(generation: number, step: number, chunks: readonly ChunkSums[]): void {
    if (step !== this.#evaluationOwed) return;
    this.#evaluationOwed = null;
    this.#options.control.send({ type: 'evaluated', generation, step, chunks: [...chunks] });
  }

  get evaluationOwed(): boolean {
    return this.#evaluationOwed !== null;
  }

  /** Resolves when no checkpoint is on its way. */
  uploaded(): Promise<void> {
    return this.#uploads.idle();
  }
}
