import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { Inbox } from '../measure/inbox.ts';
import type { FromRank, RankConfig, ToRank } from './messages.ts';
import { placeOfRank } from './place.ts';

const ENTRY = fileURLToPath(new URL('./rank-process.js', import.meta.url));

/** The processes of one measurement. */
export class Ranks {
  /** Rejects when a process ends before it should. */
  readonly failed: Promise<never>;
  readonly #processes: readonly ChildProcess[];
  readonly #inboxes: readonly Inbox<FromRank>[];
  #over = false;

  constructor(config: Omit<RankConfig, 'rank' | 'host'>, namespaces: string | null) {
    this.#processes = Array.from({ length: config.ranks }, (_, rank) => {
      const { host, start } = placeOfRank(rank, namespaces);
      const whole: RankConfig = { ...config, rank, host };
      return fork(ENTRY, [JSON.stringify(whole)], { execPath: start.execPath, execArgv: [...start.execArgv] });
    });
    this.#inboxes = this.#processes.map((child) => {
      const inbox = new Inbox<FromRank>();
      child.on('message', (message) => inbox.put(message as FromRank));
      return inbox;
    });
    this.failed = new Promise((_, reject) => {
      for (const [rank, child] of this.#processes.entries()) {
        child.once('exit', (code, signal) => {
          // A rank that has told its times ends by itself, before the others may have told theirs.
          if (this.#over || code === 0) return;
          const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
          reject(new GradsocketError('BENCH_RANK', EXIT.internal, `Rank ${rank} ended ${how} in the middle.`));
        });
      }
    });
    this.failed.catch(() => undefined); // told by `hear`
  }

  say(message: ToRank): void {
    for (const child of this.#processes) child.send(message);
  }

  /** One message of this type from each. */
  hear<K extends FromRank['type']>(type: K): Promise<Extract<FromRank, { readonly type: K }>[]> {
    return Promise.race([Promise.all(this.#inboxes.map((inbox) => inbox.expect(type))), this.failed]);
  }

  /** Resolves once all are gone: whoever asks then what this process and its children took hears of their time, too. */
  async end(): Promise<void> {
    this.#over = true;
    const running = this.#processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill();
    await Promise.all(ends);
  }
}
