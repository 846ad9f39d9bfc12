import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { cgroupLimits, outOfMemoryKills } from '../../shared/cgroup.ts';
import { EXIT } from '../../shared/errors.ts';
import { exhausted, NO_FILES, NO_THREADS } from '../../shared/exhausted.ts';
import { LAUNCHED_WORKER } from '../command/self.ts';
import { howEnded, lastWords } from './how-ended.ts';
import { type Cores, pinned } from './pinning.ts';

export interface WorkerProcessOptions {
  /** What `gradsocket worker` is given: flags, each with its value behind it. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** That it keeps to; null: any. */
  readonly cores: Cores | null;
  /** By way of what it gets a session of its own; null: it gets none. */
  readonly session: readonly string[] | null;
  /** Takes what it prints, behind what is there. */
  readonly logFile: string;
  /** Called once. `exitCode` is null where a signal ended it or it could not be started; `why` goes on a sentence. */
  readonly onEnd: (exitCode: number | null, why: string) => void;
}

/**
 * Collects garbage on the thread that made it: there is little, whereas the threads that V8 starts for it, one for each core,
 * are woken in every other step and take the cores from the engines. Of a CNN step 3 to 5 %.
 */
const NODE_FLAGS = ['--single-threaded-gc'];

/** One process that works for a coordinator on this machine. It ends when this process does, however that ends. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<void>;
  /** False: the log cannot be written, so nobody learns what it prints. */
  readonly hasLog: boolean;
  readonly #logFile: string;
  /** Bytes of the log that were there before. */
  readonly #begin: number;

  constructor({ args, env, cores, session, logFile, onEnd }: WorkerProcessOptions) {
    const log = openLog(logFile);
    this.hasLog = log !== 'ignore';
    this.#logFile = logFile;
    this.#begin = log === 'ignore' ? 0 : fstatSync(log).size;
    const killsBefore = outOfMemoryKills();
    // Where it keeps to some cores, or has a session, it runs by way of programs that become it: process id and channel stay what they are.
    const [command, words] = pinned(process.execPath, [...NODE_FLAGS, LAUNCHED_WORKER, ...args], cores);
    const [program = command, ...rest] = [...(session ?? []), command, ...words];
    const child = spawn(program, rest, {
      // That the channel is there tells the worker who decides about Ctrl-C, and that it breaks, that this process is gone.
      stdio: ['ignore', log, log, 'ipc'],
      env,
      detached: session !== null,
    });
    if (log !== 'ignore') closeSync(log);
    child.channel?.unref();
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        if (child.pid !== undefined) return; // it runs: a message did not get through
        const lacking = exhausted(error)?.code;
        // As a worker's process ends that finds it out itself.
        if (lacking === 'TOO_MANY_FILES') onEnd(EXIT.configuration, NO_FILES);
        else onEnd(null, lacking === 'TOO_MANY_THREADS' ? NO_THREADS : `it could not be started: ${error.message}`);
        resolve();
      });
      child.once('exit', (code, signal) => {
        const { printed } = this;
        const kills = killsBefore === null ? null : (outOfMemoryKills() ?? killsBefore) - killsBefore;
        onEnd(
          code,
          lastWords(printed) ?? howEnded({ code, signal, kills, printed, logFile, limit: cgroupLimits().memory }),
        );
        resolve();
      });
    });
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** So far; empty where it has no log. */
  get printed(): string {
    return this.hasLog ? printedTo(this.#logFile, this.#begin) : '';
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** To the worker's process, which has to listen for it. */
  tell(message: object): void {
    // It may just be ending: `onEnd` tells.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

/** No worker is lost for want of a log: its folder may be gone, full or another user's by the time that one is started again. */
function openLog(file: string): number | 'ignore' {
  try {
    return openSync(file, 'a');
  } catch {
    return 'ignore';
  }
}

/** Behind what was there before; empty where somebody has taken the log away meanwhile. */
function printedTo(file: string, begin: number): string {
  try {
    return readFileSync(file).subarray(begin).toString('utf8');
  } catch {
    return '';
  }
}
