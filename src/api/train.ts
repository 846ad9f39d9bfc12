import { requireRuntime } from '../cli/command/runtime.ts';
import type { RunEvent, RunSummary } from '../coordinator/progress/events.ts';
import { checkGiven, requireFunction, requireObject, requireSignal, TRAIN } from './given.ts';
import type { JobSettings } from './job-settings.ts';
import { Training } from './training-run.ts';

/** How a run goes on, as opposed to what is trained. */
export interface TrainOptions {
  /** How many workers it starts with, each a process on this machine; default: 2. */
  readonly workers?: number | undefined;
  /** Train on while at least so many are left, else wait for others; default: 1. */
  readonly minWorkers?: number | null | undefined;
  /** How many train at most, where others join; default: `workers`. */
  readonly maxWorkers?: number | null | undefined;
  /** Folder of the run; default: `runs/<date-time>-<model>` below the current folder. */
  readonly runDir?: string | null | undefined;
  /** Go on with the run in `runDir`, or the newest, from its newest checkpoint; `'auto'`: begin one where there is none. */
  readonly resume?: boolean | 'auto' | undefined;
  /** Cores that each worker may use; default: those of this machine, shared out. */
  readonly cores?: number | null | undefined;
  /** Memory of each worker for decoded images, such as `'512MiB'`. */
  readonly cacheMemory?: string | null | undefined;
  /** A step of which nothing is heard for so many seconds is given up; default: 10. */
  readonly stallSeconds?: number | null | undefined;
  /** Address of the coordinator and its page; default: `'127.0.0.1:0'`, a free port. */
  readonly listen?: string | undefined;
  /** Secret that workers from elsewhere show. */
  readonly token?: string | null | undefined;
  /** Secret that shows the run at its page, and lets nobody join it. */
  readonly viewToken?: string | null | undefined;
  /** Stops the run as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Hears every event, from the first on. */
  readonly onEvent?: (event: RunEvent) => void | undefined;
}

/** A run that goes on. `for await (const event of run)` sees what happens from then on. */
export interface TrainingRun extends AsyncIterable<RunEvent> {
  /** Folder of the run; null until it is known, a moment after the start. */
  readonly runDir: string | null;
  /**
   * The summary, once all of it has ended, its workers, too: `status` is `done`, or `interrupted` where it was stopped. Rejects with a
   * `GradsocketError`.
   */
  readonly done: Promise<RunSummary>;
  /** Calls `listener` with every event from now on; returns what ends that. */
  subscribe(listener: (event: RunEvent) => void): () => void;
  /** Writes a checkpoint and ends the run, as Ctrl-C does at the command line. Resolves when `done` does. */
  stop(reason?: string): Promise<RunSummary>;
}

/**
 * Starts a run: a coordinator in this process and workers beside it, as `gradsocket launch` does.
 *
 * @throws GradsocketError at once where a setting is wrong; what turns out later, such as bad data, rejects `done`
 */
export function train(settings: JobSettings = {}, options: TrainOptions = {}): TrainingRun {
  requireRuntime();
  requireObject(options, TRAIN.options);
  const { signal, onEvent, ...asked } = options;
  requireSignal(signal);
  requireFunction('onEvent', onEvent);
  const training = new Training(checkGiven(settings, asked));
  const { events, done } = training;
  if (onEvent !== undefined) events.subscribe(onEvent);
  if (signal !== undefined) followSignal(training, signal);
  return {
    get runDir() {
      return training.runDir;
    },
    done,
    subscribe: (listener) => events.subscribe(listener),
    stop: (reason = 'stop() was called') => {
      training.stop(reason);
      return done;
    },
    [Symbol.asyncIterator]: () => {
      // Whoever iterates is told there.
      done.catch(() => undefined);
      return events.values();
    },
  };
}

function followSignal(training: Training, signal: AbortSignal): void {
  const stop = (): void => training.stop('its signal was aborted');
  if (signal.aborted) return stop();
  signal.addEventListener('abort', stop, { once: true });
  training.events.onEnd(() => signal.removeEventListener('abort', stop));
}
