import { randomBytes } from 'node:crypto';
import type { Coordinator } from '../../coordinator/coordinator.ts';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { EXIT, type ExitCode, GradsocketError } from '../../shared/errors.ts';
import type { Job } from '../../shared/job/schema.ts';
import { beginRun } from '../run/begin.ts';
import { LocalWorkers } from '../run/workers.ts';
import { COMMAND } from '../command/self.ts';
import { shellWord } from '../../shared/shell-word.ts';
import type { Failure } from '../../coordinator/store/told.ts';

export interface OneRunOptions {
  readonly job: Job;
  readonly runDir: string;
  readonly resume: boolean;
  readonly workers: number;
  readonly cores: number;
  readonly cacheMemory: number;
  readonly stallSeconds: number | null;
  readonly onEvent: (event: RunEvent) => void;
}

export interface RunEnd {
  readonly exitCode: ExitCode;
  /** Why it failed; null: it did not. */
  readonly failure: Failure | null;
}

/** One run of a sweep: what `launch` does, with neither screen nor signals of its own. */
export class OneRun {
  /** Rejects only where there is a bug of ours. */
  readonly ended: Promise<RunEnd>;
  readonly #options: OneRunOptions;
  #coordinator: Coordinator | null = null;
  #workers: LocalWorkers | null = null;
  #reason: string | null = null;
  #failure: Failure | null = null;

  constructor(options: OneRunOptions) {
    this.#options = options;
    this.ended = this.#lead().catch((error: unknown) => this.#failed(error));
  }

  /** Saves and ends; on a second call at once. */
  interrupt(reason: string): void {
    this.#reason = reason;
    this.#coordinator?.interrupt(reason);
  }

  kill(): void {
    this.#workers?.kill();
  }

  async #lead(): Promise<RunEnd> {
    const { job, runDir, resume, workers: count, cores, cacheMemory, stallSeconds, onEvent } = this.#options;
    // Only this machine's own workers come, and nobody needs to know the secret that keeps others out.
    const token = randomBytes(24).toString('hex');
    const listen = '127.0.0.1:0';
    const options = { workers: count, resume, listen, tlsCert: null, tlsKey: null, stallSeconds };
    const resumeCommand = `${COMMAND} launch --resume --run-dir ${shellWord(runDir)} --workers ${count}`;
    const coordinator = await beginRun({ job, options, runDir, resumeCommand }, token, (event) => {
      if (event.type === 'failed') this.#failure = { code: event.code, message: event.message };
      this.#workers?.observe(event);
      onEvent(event);
    });
    this.#coordinator = coordinator;
    try {
      if (this.#reason === null) {
        this.#workers = new LocalWorkers({
          count,
          cores,
          coordinator,
          token,
          cacheMemory,
          runDir,
          onRestart: (message) => onEvent({ type: 'warning', message }),
        });
      } else {
        coordinator.interrupt(this.#reason);
      }
      const { exitCode } = await coordinator.finished;
      return {
        exitCode: Object.values(EXIT).find((code) => code === exitCode) ?? EXIT.internal,
        failure: this.#failure,
      };
    } finally {
      await this.#workers?.gone(this.#reason !== null);
      await coordinator.close();
    }
  }

  #failed(error: unknown): RunEnd {
    if (!(error instanceof GradsocketError)) throw error;
    return { exitCode: error.exitCode, failure: { code: error.code, message: error.message } };
  }
}

/** A run that ended by Ctrl-C. */
export function wasInterrupted({ exitCode }: RunEnd): boolean {
  return exitCode === EXIT.interrupted;
}
