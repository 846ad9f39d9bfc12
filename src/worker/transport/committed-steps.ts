import type { WorkerChannel } from '../../shared/link/channel.ts';
import type { Blueprint } from '../blueprint.ts';
import { type AfterCommit, afterCommit } from './after-commit.ts';
import type { ChunkSums } from './from-engine.ts';
import type { Replica } from './replica.ts';
import type { CommittedStep } from './step-runner.ts';
import { Uploads } from './upload.ts';

export interface CommittedStepsOptions {
  readonly blueprint: Blueprint;
  readonly replica: Replica;
  readonly control: WorkerChannel;
  readonly onError: (error: unknown) => void;
}

/** What the coordinator is told of committed steps: reports, digests, checkpoints, evaluations, and that all is done. */
export class CommittedSteps {
  readonly #options: CommittedStepsOptions;
  readonly #uploads: Uploads;
  /** Steps after which the engine evaluates; null: it owes nothing. */
  #evaluationOwed: number | null = null;

  constructor(options: CommittedStepsOptions) {
    this.#options = options;
    this.#uploads = new Uploads(options.control);
  }

  /** Tells of the step, and of the checkpoint that may be due. Resolves when the next step may begin. */
  async report(generation: number, rank: number, committed: CommittedStep): Promise<AfterCommit> {
    const { step, sums, times, bytesSent, bytesReceived } = committed;
    const { lossSum, correct, samples, gradientNorm } = sums;
    const { control, blueprint, replica } = this.#options;
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
    const next = afterCommit(blueprint.plan, step + 1, sums.stop);
    if (next.evaluate) this.#evaluationOwed = step + 1;
    if (next.checkpoint) {
      this.sendDigest(generation, null);
      if (rank === 0) {
        // One checkpoint at a time: training waits here where they come faster than the coordinator takes them.
        await this.#uploads.idle();
        this.upload();
      }
    }
    return next;
  }

  /** `engineBusy`: null, unless it answers `halt`. */
  sendDigest(generation: number, engineBusy: boolean | null): void {
    const { control, replica } = this.#options;
    const weightsDigest = replica.digest();
    control.send({ type: 'weights', generation, step: replica.committed, weightsDigest, engineBusy });
  }

  /** Sends the state as it is now, while training may go on. */
  upload(): void {
    const { replica, onError } = this.#options;
    const { step, toFile } = replica.snapshot();
    this.#uploads.add(step, toFile).catch(onError);
  }

  /** The engine was asked to evaluate what is committed, although no step was. */
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
