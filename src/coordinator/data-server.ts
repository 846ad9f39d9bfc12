import type { CoordinatorChannel } from '../shared/link/channel.ts';
import { DataSession, type DataSessionOptions } from './data-session.ts';

export type DataServerOptions = DataSessionOptions;

/** Serves a dataset to workers over their data channels. */
export class DataServer {
  readonly #options: DataServerOptions;
  readonly #channels = new Set<CoordinatorChannel>();

  constructor(options: DataServerOptions) {
    this.#options = options;
  }

  /** Starts the channel, and serves it until it closes. */
  serve(channel: CoordinatorChannel): void {
    this.#channels.add(channel);
    new DataSession(channel, this.#options).start(() => this.#channels.delete(channel));
  }

  close(): void {
    for (const channel of this.#channels) channel.close('done');
  }
}
