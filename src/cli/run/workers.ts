import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coordinator } from '../../coordinator/coordinator.ts';
import { FAILURE_PREFIX } from '../command/failure.ts';
import { MAIN } from '../command/self.ts';
import type { Followers } from './lead.ts';
import { type Cores, dealCores, pinnableCores, pinned } from './pinning.ts';
import type { Traces } from './traces.ts';

export interface LocalWorkersOptions {
  readonly count: number;
  /** That each may use. */
  readonly cores: number;
  /** Whose workers they are: hears of one that ends before its run does. */
  readonly coordinator: Pick<Coordinator, 'url' | 'workerExited' | 'finished'>;
  readonly token: string | null;
  readonly cacheMemory: string;
  /** PEM file of the coordinator's own certificate, where it speaks TLS: these workers trust that one and no other. */
  readonly certificate: string | null;
  /** Where the workers' traces go; null: nobody wants any. */
  readonly traces?: Traces | null;
  /** Their logs go to `logs` in there. */
  readonly runDir: string;
}

/**
 * Collects garbage on the thread that made it: there is little, whereas the threads that V8 starts for it, one for each core,
 * are woken in every other step and take the cores from the engines. Of a CNN step 3 to 5 %.
 */
const NODE_FLAGS = ['--single-threaded-gc'];

/** Workers that were told to leave do so in a moment; one that does not is hung. */
const LEAVE_PATIENCE_MS = 3_000;
/** The same, where a person waits for the end. Nothing is lost with a worker: what is to be saved is saved. */
const HURRY_MS = 200;

/** The worker processes of `launch`. However this process ends, they end too. */
export class LocalWorkers implements Followers {
  readonly #children = new Map<string, ChildProcess>();
  readonly #options: LocalWorkersOptions;
  readonly #logs: string;
  readonly #killAll = (): void => this.kill();
  #over = false;

  constructor(options: LocalWorkersOptions) {
    this.#options = options;
    this.#logs = join(options.runDir, 'logs');
    mkdirSync(this.#logs, { recursive: true });
    process.on('exit', this.#killAll);
    // From then on it is no news that workers end.
    void options.coordinator.finished.then(() => {
      this.#over = true;
    });
    const { count, cores } = options;
    const dealt = dealCores({ workers: count, each: cores }, pinnableCores);
    for (let index = 0; index < count; index++) this.#spawn(`worker-${index}`, dealt?.[index] ?? null);
  }

  async gone(atOnce = false): Promise<void> {
    this.#over = true;
    const ends = [...this.#children.values()].map(
      (child) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
    );
    const timer = setTimeout(this.#killAll, atOnce ? HURRY_MS : LEAVE_PATIENCE_MS);
    try {
      await Promise.all(ends);
    } finally {
      clearTimeout(timer);
      process.off('exit', this.#killAll);
    }
  }

  kill(): void {
    for (const child of this.#children.values()) child.kill('SIGKILL');
  }

  #spawn(name: string, kept: Cores | null): void {
    const { coordinator, cores, cacheMemory, traces, certificate } = this.#options;
    const { url } = coordinator;
    const logFile = join(this.#logs, `${name}.log`);
    const log = openSync(logFile, 'a');
    const begin = fstatSync(log).size;
    const args = ['--coordinator', url, '--name', name, '--cores', String(cores), '--cache-memory', cacheMemory];
    // They are on this machine, whoever else reaches the coordinator.
    args.push('--listen', '127.0.0.1:0');
    if (certificate !== null) args.push('--tls-ca', certificate);
    if (traces) args.push('--trace', traces.newPart(name));
    const command = pinned(process.execPath, [...NODE_FLAGS, MAIN, 'worker', ...args], kept);
    const child = spawn(...command, {
      // The channel carries nothing: that it is there tells the worker who decides about Ctrl-C, and that it breaks,
      // that this process is gone, however it ended.
      stdio: ['ignore', log, log, 'ipc'],
      env: this.#environment(),
    });
    closeSync(log);
    child.channel?.unref();
    this.#children.set(name, child);
    const ended = (why: string): void => {
      if (!this.#children.delete(name) || this.#over) return;
      coordinator.workerExited(name, why);
    };
    child.once('error', (error) => ended(`it could not be started: ${error.message}`));
    child.once('exit', (code, signal) => ended(lastWords(logFile, begin) ?? howEnded(code, signal, logFile)));
  }

  #environment(): NodeJS.ProcessEnv {
    const { token } = this.#options;
    // Settings meant for `launch`, such as GRADSOCKET_DATA, mean something else to a worker.
    const kept = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('GRADSOCKET_') || name === 'GRADSOCKET_CACHE' || name.startsWith('GRADSOCKET_FAULT'),
    );
    return {
      ...Object.fromEntries(kept),
      // In the environment, not in the arguments, which every user of the machine can list.
      ...(token === null ? {} : { GRADSOCKET_TOKEN: token }),
    };
  }
}

function howEnded(code: number | null, signal: NodeJS.Signals | null, logFile: string): string {
  const how = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
  return `${how}; ${logFile} may say more`;
}

/** The sentence with which a worker ended, from its log; what stands before `begin` is of an earlier part of the run. */
function lastWords(logFile: string, begin: number): string | null {
  const lines = readFileSync(logFile).subarray(begin).toString('utf8').split('\n');
  const sentence = lines.findLast((line) => line.startsWith(FAILURE_PREFIX));
  return sentence?.slice(FAILURE_PREFIX.length) ?? null;
}
