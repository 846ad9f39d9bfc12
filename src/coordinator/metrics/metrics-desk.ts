import type { Exposition } from '../../shared/metrics/metric-set.ts';
import { MetricsServer, type MetricsServerOptions } from '../../shared/metrics/metrics-server.ts';

/** Where the metrics of a run are read: on the port of their own, if there is one, and on the coordinator's. */
export class MetricsDesk {
  readonly #expose: () => Promise<Exposition>;
  #server: MetricsServer | null = null;
  #read: () => void = () => undefined;

  constructor(expose: () => Promise<Exposition>) {
    this.#expose = expose;
  }

  /** Of the port of their own; null: there is none. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  async open(options: Omit<MetricsServerOptions, 'expose'>): Promise<void> {
    this.#server = await MetricsServer.listen({ ...options, expose: () => this.expose() });
  }

  async expose(): Promise<Exposition> {
    const read = this.#read;
    const exposition = await this.#expose();
    // Not before it is sent: whoever asked would find the process gone.
    setImmediate(read);
    return exposition;
  }

  /** Until they are read once more; `ms` at most. */
  async linger(ms: number): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#read = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Nobody waits for a reader any more. */
  hurry(): void {
    this.#read();
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
