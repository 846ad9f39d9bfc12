import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import type { Message } from './member.ts';

/**
 * Passes on what a worker sends for another one that is healed with it. In order, and no faster than the other takes it: what
 * `pass` returns resolves when its source may be read on.
 */
export class Relay {
  /** By the worker that is healed: until when what came before has been passed on. */
  readonly #tails = new Map<string, Promise<void>>();

  pass(to: string, channel: CoordinatorChannel, part: Message<'state'> | Message<'reduced'>): Promise<void> {
    const { to: _, ...message } = part;
    const send = async (): Promise<void> => {
      try {
        await channel.drained();
        channel.send(message);
      } catch {
        // Its channel closed, and whoever holds it hears of that.
      }
    };
    const tail = (this.#tails.get(to) ?? Promise.resolve()).then(send);
    this.#tails.set(to, tail);
    return tail;
  }

  /** Nothing more comes for it. */
  forget(to: string): void {
    this.#tails.delete(to);
  }
}
