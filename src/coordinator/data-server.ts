import type { CoordinatorChannel } from '../shared/link/channel.ts';
import { DataSession, type DataSessionOptions } from './data-session.ts';

export interface DataServerOptions extends DataSessionOptions {
  /** Connections at once. */
  readonly most: number;
}

/** Serves a dataset to workers over their data channels. */
export class DataServer {
  readonly #options: DataServerOptions;
  /** The oldest first. */
  readonly #sessions = new Map<CoordinatorChannel, DataSession>();

  constructor(options: DataServerOptions) {
    this.#options = options;
  }

  /** Starts the channel, and serves it until it closes. */
  serve(channel: CoordinatorChannel): void {
    this.#makeRoom();
    const session = new DataSession(channel, this.#options);
    this.#sessions.set(channel, session);
    session.start(() => this.#sessions.delete(channel));
  }

  /**
   * A worker needs one, and opens another where it takes the old one for lost. For one too many the oldest goes that asks for
   * nothing, or else the oldest of all: whoever is there comes back and asks again for what it lacks.
   */
  #makeRoom(): void {
    if (this.#sessions.size < this.#options.most) return;
    const sessions = [...this.#sessions];
    const [channel] = sessions.find(([, { isIdle }]) => isIdle) ?? sessions[0]!;
    this.#sessions.delete(channel);
    channel.close('full', 'too many data connections');
  }

  /** Requests that are not answered yet. */
  get waiting(): number {
    return [...this.#sessions.values()].reduce((sum, session) => sum + session.waiting, 0);
  }

  close(): void {
    for (const channel of this.#sessions.keys()) channel.close('done');
  }
}
