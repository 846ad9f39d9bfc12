import { randomBytes } from 'node:crypto';
import type { RunEvent, RunSummary } from '../coordinator/progress/events.ts';
import type { Coordinator } from '../coordinator/coordinator.ts';
import { type Asked, askedIn } from '../cli/run/asked.ts';
import { beginRun } from '../cli/run/begin.ts';
import { cacheMemoryOf } from '../cli/run/cache-memory.ts';
import { giveBack } from '../cli/run/folders.ts';
import { coresOf } from '../cli/run/cores.ts';
import { trustIn } from '../cli/run/joining.ts';
import type { FoundRate } from '../cli/run/rate/find.ts';
import { LocalWorkers } from '../cli/run/workers.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { hostAndPort, type LaunchOptions, launchOptions } from '../shared/job/options.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { EventStream } from './event-stream.ts';
import { ENVIRONMENT, type Given, translated } from './given.ts';

interface Wanted {
  readonly job: Given;
  readonly options: Given;
}

/** What `launch` does, for a program: with neither screen nor signals, and without ending the process. */
export class Training {
  readonly events = new EventStream<RunEvent>();
  readonly done: Promise<RunSummary>;
  #runDir: string | null = null;
  #coordinator: Coordinator | null = null;
  /** Null: nobody wants it to end. */
  #reason: string | null = null;
  /** Ends what goes on before there is a coordinator. */
  #interrupt: ((reason: string) => void) | null = null;

  constructor(wanted: Wanted) {
    // Whoever asked for it can listen before anything happens.
    this.done = Promise.resolve()
      .then(() => this.#lead(wanted))
      .then(
        (summary) => {
          this.events.end();
          return summary;
        },
        (thrown: unknown) => {
          const error = translated(thrown);
          if (this.#runDir !== null) giveBack(this.#runDir);
          this.events.end({ error });
          throw error;
        },
      );
  }

  /** Null: it is not known yet. */
  get runDir(): string | null {
    return this.#runDir;
  }

  /** As Ctrl-C does; again, it changes nothing. */
  stop(reason: string): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#interrupt?.(reason);
    this.#coordinator?.interrupt(reason);
  }

  async #lead({ job, options }: Wanted): Promise<RunSummary> {
    this.#goOn();
    const layers = { argv: {}, environment: ENVIRONMENT, config: null };
    const asked = await askedIn({ ...layers, given: { ...job, ...options } }, launchOptions, 'launch');
    this.#runDir = asked.runDir;
    const { workers: count } = asked.options;
    const { bytes: cacheMemory, warning } = cacheMemoryOf(asked.options.cacheMemory, count);
    const found = await this.#rateFor(asked, cacheMemory);
    this.#goOn();
    const { summary, failure, exitCode } = await this.#train(
      found === null ? asked : { ...asked, job: { ...asked.job, lr: found.rate } },
      cacheMemory,
      found,
      warning,
    );
    if (failure !== null) throw failure;
    if (summary !== null) return summary;
    if (exitCode === EXIT.interrupted) throw interrupted();
    throw new GradsocketError('RUN_ENDED', EXIT.internal, `The run in ${asked.runDir} ended without a summary.`);
  }

  async #train(
    { job, options, runDir, resumeCommand }: Asked<LaunchOptions>,
    cacheMemory: number,
    found: FoundRate | null,
    warning: string | null,
  ): Promise<{ summary: RunSummary | null; failure: GradsocketError | null; exitCode: number }> {
    const { workers: count } = options;
    const local = isLoopback(hostAndPort(options.listen).host);
    const token = options.token ?? (local ? randomBytes(24).toString('hex') : null);
    let failure: GradsocketError | null = null;
    let workers: LocalWorkers | null = null;
    const warn = (message: string): void => this.events.tell({ type: 'warning', message });
    const coordinator = await beginRun({ job, options, runDir, resumeCommand }, token, (event) => {
      workers?.observe(event);
      if (event.type === 'failed') failure = failed(event);
      this.events.tell(event);
    });
    this.#coordinator = coordinator;
    try {
      if (this.#reason !== null) coordinator.interrupt(this.#reason);
      else if (!coordinator.isOver) {
        if (warning !== null) warn(warning);
        workers = new LocalWorkers({
          count,
          cores: coresOf(options.cores, count),
          coordinator,
          token,
          cacheMemory,
          trust: trustIn({ tlsCert: null }, coordinator.pin),
          runDir,
          onRestart: warn,
        });
      }
      if (found !== null) {
        const { keepRange } = await import('../cli/run/rate/keep.ts');
        await keepRange(runDir, found).catch((error: Error) => warn(error.message));
      }
      return { ...(await coordinator.finished), failure };
    } finally {
      await workers?.gone(this.#reason !== null);
      await coordinator.close();
    }
  }

  async #rateFor({ job, options }: Asked<LaunchOptions>, cacheMemory: number): Promise<FoundRate | null> {
    if (job.lr !== 'auto' || options.resume) return null;
    const { workers, cores } = options;
    const { findRate } = await import('../cli/run/rate/find.ts');
    return findRate(job, {
      workers,
      cores: coresOf(cores, workers),
      cacheMemory,
      interrupts: ({ gently }) => {
        this.#interrupt = gently;
        if (this.#reason !== null) gently(this.#reason);
        return () => (this.#interrupt = null);
      },
    });
  }

  /** Before anything is begun, nothing has to be finished. */
  #goOn(): void {
    if (this.#reason !== null) throw interrupted();
  }
}

function interrupted(): GradsocketError {
  return new GradsocketError('INTERRUPTED', EXIT.interrupted, 'The run was stopped before it had trained a step.');
}

function failed({ code, exitCode, message }: Extract<RunEvent, { readonly type: 'failed' }>): GradsocketError {
  const known = Object.values(EXIT).find((each) => each === exitCode) ?? EXIT.internal;
  return new GradsocketError(code, known, message);
}
