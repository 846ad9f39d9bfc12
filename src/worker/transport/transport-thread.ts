import { Worker } from 'node:worker_threads';
import { EXIT } from '../../shared/errors.ts';
import type { KeyAndCertificate } from '../../shared/link/self-signed.ts';
import type { Trust } from '../../shared/link/trust.ts';
import { threadEntry } from '../../shared/thread-entry.ts';
import { threadEnvironment } from '../../shared/thread-environment.ts';
import type { TraceTarget } from '../trace/trace-file.ts';
import type { Verdict } from '../training/engine-host.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { ToEngine } from '../messages/to-engine.ts';
import type { LogStyle } from '../report/log.ts';
import type { PeerListen } from './peer-listener.ts';

/** What the transport thread is started with. */
export interface TransportConfig {
  readonly name: string;
  readonly coordinator: string;
  readonly token: string | null;
  readonly threads: number | null;
  /** Where peers connect; null: nowhere. */
  readonly listen: PeerListen | null;
  /** `host:port`, or a host, under which peers reach `listen`. */
  readonly advertise: string | null;
  /** At the coordinator, if that is at wss://. */
  readonly trust: Trust;
  /** With what peers are served; null: as `peerTls` has it. */
  readonly tls: KeyAndCertificate | null;
  /** Seconds that the coordinator may be away, at the start and later. */
  readonly waitSeconds: number;
  readonly trace: TraceTarget | null;
  /** Where the worker's metrics are asked for; null: nowhere. */
  readonly metricsListen: { readonly host: string; readonly port: number } | null;
  /** Wanted of whoever asks for them; null: none is. */
  readonly metricsToken: string | null;
  readonly log: LogStyle;
}

/** The transport thread, as seen from the engine's. */
export class TransportThread {
  readonly #worker: Worker;
  #closing = false;

  constructor(
    config: TransportConfig,
    listeners: {
      readonly onMessage: (message: ToEngine) => void;
      /** It died: nothing can be told to anybody any more. */
      readonly onDeath: (verdict: Verdict, error: Error | null) => void;
    },
  ) {
    this.#worker = new Worker(threadEntry('thread', import.meta.url), {
      workerData: config,
      name: 'transport',
      env: threadEnvironment(),
    });
    const die = (message: string, error: Error | null) => {
      if (this.#closing) return;
      this.#closing = true;
      listeners.onDeath({ exitCode: EXIT.internal, code: 'INTERNAL', message }, error);
    };
    this.#worker.on('message', listeners.onMessage);
    this.#worker.on('error', (error: Error) => die(`The transport thread failed: ${error.message}`, error));
    this.#worker.on('exit', (code) => die(`The transport thread ended by itself with code ${code}.`, null));
  }

  post(message: FromEngine): void {
    this.#worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }
}
